/**
 * A question of ours about the catalog, with its operators and types looked up in pg_catalog and nowhere else: where a search_path
 * names another schema first, an operator `=` of another user would run with our rights, and a temporary table called `text` is
 * a type of that name. Functions and relations are qualified where they are written; `IN` and `nullif` are an `=` that cannot be.
 */
export function catalogText(sql: string): string {
  return sql.replaceAll(OPERATOR, " OPERATOR(pg_catalog.$1) ").replaceAll(TYPE, "::pg_catalog.$1")
}

const OPERATOR = / (=|<>|>|\+|~\*|!~) /g
const TYPE = /::(text|jsonb?)\b/g
