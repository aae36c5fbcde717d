/**
 * Qualifies the operators and types of a catalog query with pg_catalog. If the search_path has another schema first, another user's
 * operator `=` would run with this session's privileges, and a temporary table called `text` would be a type of that name. Functions and
 * relations are qualified in the query itself; `IN` and `nullif` use an `=` that cannot be, and must not be used.
 */
export function catalogText(sql: string): string {
  return sql.replaceAll(OPERATOR, " OPERATOR(pg_catalog.$1) ").replaceAll(TYPE, "::pg_catalog.$1")
}

const OPERATOR = / (=|<>|>|\+|~\*|!~) /g
const TYPE = /::(text|jsonb?)\b/g
