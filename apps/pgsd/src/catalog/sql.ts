/** Objects of initdb have smaller oids (FirstNormalObjectId), and change only with the server. */
export const FIRST_OF_USERS = 16_384

/** Of pg_namespace AS n: `pg_` is reserved for the system. */
export const OF_USERS = "n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'"

/**
 * Common to every statement. `given` holds the parameters; `wanted` the schemas to compare: `pg_` is reserved for the system and covers pg_catalog, pg_toast and the
 * temporary schemas; `relation` everything with columns, without members of extensions. Objects are named by oid: a cast from a name needs USAGE on the schema, and
 * information_schema hides what the role has no privileges on.
 */
const PREAMBLE = `WITH given AS (
  SELECT $1::pg_catalog.text[] AS chosen, $2::pg_catalog.text[] AS excluded, $3::pg_catalog.text AS salt
), wanted AS (
  SELECT n.oid, n.nspname::pg_catalog.text AS schema, n.nspowner, n.nspacl FROM pg_catalog.pg_namespace AS n, given
  WHERE ${OF_USERS}
    AND (given.chosen IS NULL OR n.nspname = ANY (given.chosen)) AND n.nspname <> ALL (given.excluded)
), relation AS (
  SELECT c.*, w.schema, c.relname::pg_catalog.text AS name FROM pg_catalog.pg_class AS c JOIN wanted AS w ON w.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'p', 'f', 'v', 'm') AND c.relpersistence <> 't' AND ${notOfExtension("pg_class", "c.oid")}`

/** Begins a statement. With `paged`, `relation` is only those of `$4`. */
export function preamble(paged: boolean): string {
  return `${PREAMBLE}${paged ? " AND c.oid = ANY ($4::pg_catalog.oid[])" : ""}\n)`
}

/** The catalog itself as a regclass, for pg_depend and pg_description. */
export function classOf(catalog: string): string {
  return `'pg_catalog.${catalog}'::pg_catalog.regclass`
}

/** Members of an extension belong to the extension and follow its version; an internal part of another object (deptype i) belongs to that object. */
export function notOfExtension(catalog: string, oid: string, types: "'e'" | "'e', 'i'" = "'e'"): string {
  return `NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS member
      WHERE member.classid = ${classOf(catalog)} AND member.objid = ${oid} AND member.objsubid = 0 AND member.deptype IN (${types}))`
}

/** Created by a user, neither a member of an extension nor part of another object. */
export function userMade(catalog: string, oid: string): string {
  return `${oid} >= ${FIRST_OF_USERS} AND ${notOfExtension(catalog, oid, "'e', 'i'")}`
}

/** A column that older servers lack, as NULL there: an unknown name fails when the text is parsed. */
export function since(gate: boolean, expression: string): string {
  return gate ? expression : "NULL::pg_catalog.text"
}

/**
 * A list as an array. Readers build arrays only by this function, because it specifies the order: rows without ORDER BY arrive in any order, and in another one in
 * the next run.
 *
 * @param expression of type text
 * @param orderBy default: the expression itself, by code unit whatever the database's collation
 */
export function listOf(expression: string, from: string, orderBy = `(${expression}) COLLATE "C"`): string {
  return `ARRAY(SELECT ${expression} FROM ${from} ORDER BY ${orderBy})`
}

/** The printed form of a function's or operator's oid, with its schema outside pg_catalog; NULL for none. */
export function regName(type: "regproc" | "regprocedure" | "regoperator" | "regclass" | "regdictionary", oid: string): string {
  return `NULLIF(${oid}, 0)::pg_catalog.${type}::pg_catalog.text`
}

/** `schema.name`, quoted as needed, of a row in a catalog with a namespace; without pg_catalog, as the server prints everything else. */
export function qualified(catalog: string, column: string, namespace: string, oid: string): string {
  return `(SELECT CASE WHEN qn.nspname = 'pg_catalog' THEN pg_catalog.quote_ident(q.${column}) ELSE pg_catalog.format('%I.%I', qn.nspname, q.${column}) END
      FROM pg_catalog.${catalog} AS q JOIN pg_catalog.pg_namespace AS qn ON qn.oid = q.${namespace} WHERE q.oid = ${oid})`
}

/** A tablespace's name; NULL for the database's default. */
export function tablespaceOf(oid: string): string {
  return `(SELECT sp.spcname::pg_catalog.text FROM pg_catalog.pg_tablespace AS sp WHERE sp.oid = ${oid})`
}

export function optionList(options: string): string {
  return listOf("opt.setting", `pg_catalog.unnest(${options}) AS opt (setting)`)
}

/** ALTER … DEPENDS ON EXTENSION, i.e. what is dropped with the extension, as `needed.extensions`. Queried from the few extensions, once for all rows. */
export function joinNeededExtensions(catalog: string, oid: string): string {
  return `LEFT JOIN (SELECT d.objid, pg_catalog.array_agg(pg_catalog.quote_ident(ex.extname) ORDER BY ex.extname) AS extensions
      FROM pg_catalog.pg_extension AS ex JOIN pg_catalog.pg_depend AS d ON d.refclassid = ${classOf("pg_extension")} AND d.refobjid = ex.oid
      WHERE d.deptype = 'x' AND d.classid = ${classOf(catalog)} GROUP BY d.objid) AS needed ON needed.objid = ${oid}`
}

/** The statistics targets of an index's expressions. */
export function indexStatistics(oid: string): string {
  return listOf(
    "pg_catalog.concat('column ', a.attnum, ': ', a.attstattarget)",
    `pg_catalog.pg_attribute AS a WHERE a.attrelid = ${oid} AND a.attstattarget >= 0`,
    "a.attnum",
  )
}

export function typeName(oid: string): string {
  return `pg_catalog.format_type(NULLIF(${oid}, 0), NULL)`
}

export function ownerOf(role: string): string {
  return `pg_catalog.pg_get_userbyid(${role})::pg_catalog.text AS owner`
}

export function commentOf(catalog: string, oid: string, column = "0"): string {
  return `(SELECT described.description FROM pg_catalog.pg_description AS described
      WHERE described.classoid = ${classOf(catalog)} AND described.objoid = ${oid} AND described.objsubid = ${column}) AS comment`
}

/** The objtype letters of acldefault() for which only the owner has privileges. */
const OWNER_ALONE = ["c", "r", "s", "n", "F", "S"]

/**
 * The privileges of others than the owner, `grantee privilege` each, with `*` for the grant option and `/grantor` when not granted by the owner; and with `-` the
 * owner's default privileges that were revoked. A NULL acl means acldefault().
 */
export function grantsOf(acl: string, objectType: string, owner: string): string {
  const initial = `pg_catalog.acldefault('${objectType}', ${owner})`
  const list = listOf(
    "entry.granted",
    `(SELECT ${grantText("held", owner)} AS granted FROM pg_catalog.aclexplode(coalesce(${acl}, ${initial})) AS held WHERE held.grantee <> ${owner}
      UNION SELECT ${lossText("stock")} FROM pg_catalog.aclexplode(${initial}) AS stock
      WHERE stock.grantee = ${owner} AND ${acl} IS NOT NULL AND NOT EXISTS (SELECT FROM pg_catalog.aclexplode(${acl}) AS held
        WHERE held.grantee = ${owner} AND held.privilege_type = stock.privilege_type)) AS entry`,
  )
  return `${OWNER_ALONE.includes(objectType) ? `CASE WHEN ${acl} IS NOT NULL THEN ${list} END` : list} AS grants`
}

/** An entry of aclexplode() as `grantee privilege`, with `*` for the grant option, and with the grantor unless that is the owner. */
export function grantText(entry: string, owner: string): string {
  const grantor = `CASE WHEN ${entry}.grantor <> ${owner} THEN '/' || ${grantee(`${entry}.grantor`)} END`
  return `pg_catalog.concat(${grantee(`${entry}.grantee`)}, ' ', ${entry}.privilege_type, CASE WHEN ${entry}.is_grantable THEN '*' END, ${grantor})`
}

/** A missing entry of the default: `grantee -privilege`. */
export function lossText(entry: string): string {
  return `pg_catalog.concat(${grantee(`${entry}.grantee`)}, ' -', ${entry}.privilege_type)`
}

export function grantee(role: string): string {
  return `CASE ${role} WHEN 0 THEN 'PUBLIC' ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(${role})) END`
}

/** Whether a setting belongs to an application, whose value may be a secret: no setting of the server has a dot in its name, and every other one has. */
export function isCustom(name: string): string {
  return `pg_catalog.strpos(${name}, '.') > 0`
}

/** `name=value` as columns, AS conf. */
const settingOf = (config: string) =>
  `(SELECT pg_catalog.split_part(${config}, '=', 1) AS name, pg_catalog.substr(${config}, pg_catalog.strpos(${config}, '=') + 1) AS value) AS conf`

/** The settings of an array, AS conf, for FROM. */
export function settingsIn(configs: string): string {
  return `pg_catalog.unnest(${configs}) AS c (setting), LATERAL ${settingOf("c.setting")}`
}

// As the server prints it with standard_conforming_strings, unlike quote_literal(): with a backslash there is no E.
const QUOTED =
  "pg_catalog.concat(pg_catalog.chr(39), pg_catalog.replace(conf.value, pg_catalog.chr(39), pg_catalog.repeat(pg_catalog.chr(39), 2)), pg_catalog.chr(39))"

/** A function's definition without the values of its SET clauses for an application's settings. */
export function withoutSecrets(definition: string, configs: string): string {
  const clause = (value: string) => `pg_catalog.concat(' SET ', pg_catalog.quote_ident(conf.name), ' TO ', ${value}, pg_catalog.chr(10))`
  return `CASE WHEN pg_catalog.array_to_string(${configs}, '') IS NULL THEN ${definition} ELSE
      (WITH RECURSIVE hidden AS (SELECT 0 AS at, ${definition} COLLATE "C" AS text UNION ALL SELECT h.at + 1, CASE WHEN ${isCustom("conf.name")}
          THEN pg_catalog.replace(h.text, ${clause(QUOTED)}, ${clause("pg_catalog.quote_literal('(hidden)')")}) ELSE h.text END
        FROM hidden AS h, LATERAL ${settingOf(`(${configs})[h.at + 1]`)} WHERE h.at < pg_catalog.cardinality(${configs}))
      SELECT h.text FROM hidden AS h ORDER BY h.at DESC LIMIT 1) END`
}

/** Digests of a function's settings that are hidden, by name. */
export function secretSettings(configs: string): string {
  return digestsOf("conf.name", "conf.value", `${settingsIn(configs)} WHERE ${isCustom("conf.name")}`)
}

/** Names of options with digests of their values, as JSON. The values can be passwords: they do not leave the server. */
export function optionsOf(options: string): string {
  return digestsOf("opt.option_name", "opt.option_value", `pg_catalog.pg_options_to_table(${options}) AS opt`)
}

/** Names with digests of their values, as JSON; NULL for none. */
export function digestsOf(name: string, value: string, from: string): string {
  return `(SELECT pg_catalog.json_object_agg(${name}, ${digestOf(value)} ORDER BY ${name}) FROM ${from})`
}

export function digestOf(value: string): string {
  return `pg_catalog.encode(pg_catalog.sha256(pg_catalog.convert_to((SELECT salt FROM given) || ${value}, 'UTF8')), 'hex')`
}
