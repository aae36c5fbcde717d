import type { CatalogGates } from "@pgsd/connector"
import {
  CHANGED_PRIVILEGES,
  COMES_WITH_A_TYPE,
  type KindCount,
  MAPPING_OPTIONS,
  SUBSCRIPTION_COMMENTS_BEFORE_14,
  SUBSCRIPTION_CONNECTIONS,
} from "../model/catalog.ts"
import { MAY_READ_MAPPING } from "./kinds/foreign.ts"
import { SUBSCRIPTION_COMMENTS } from "./kinds/replication.ts"
import { initialPrivileges, ofExtension, WITH_PRIVILEGES } from "./privileges.ts"
import { classOf, FIRST_OF_USERS, listOf, notOfExtension, OF_USERS } from "./sql.ts"

/** Whether an object of this schema, or of the database for NULL, is among those that are compared. */
function isAsked(namespace: string): string {
  return `CASE WHEN ${namespace} IS NULL OR EXISTS (SELECT FROM pg_catalog.pg_namespace AS n WHERE n.oid = ${namespace} AND NOT (${OF_USERS}))
        THEN ${OF_DATABASE} ELSE ${namespace} IN (SELECT w.oid FROM wanted AS w) END`
}

const OF_DATABASE = "(SELECT given.chosen IS NULL FROM given)"

/** Where the privileges of objects from initdb are not compared, by catalog. */
const OF_SYSTEM: Readonly<Record<string, { readonly namespace: string; readonly condition: string }>> = {
  pg_class: { namespace: "x.relnamespace", condition: inPgCatalog("relnamespace") },
  pg_proc: { namespace: "x.pronamespace", condition: inPgCatalog("pronamespace") },
  pg_type: { namespace: "x.typnamespace", condition: inPgCatalog("typnamespace") },
  // Schema public is compared.
  pg_namespace: { namespace: "x.oid", condition: "x.nspname ~ '^pg_'" },
}

function inPgCatalog(namespace: string): string {
  return `x.${namespace} = 'pg_catalog'::pg_catalog.regnamespace`
}

/** Catalogs of objects that a superuser can create in a system schema. */
const IN_SYSTEM_SCHEMAS: readonly (readonly [catalog: string, namespace: string, condition?: string])[] = [
  ["pg_class", "relnamespace", "x.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')"],
  ["pg_proc", "pronamespace"],
  ["pg_operator", "oprnamespace"],
  ["pg_type", "typnamespace"],
  ["pg_collation", "collnamespace"],
  ["pg_conversion", "connamespace"],
  ["pg_opclass", "opcnamespace"],
  ["pg_opfamily", "opfnamespace"],
  ["pg_statistic_ext", "stxnamespace"],
  ["pg_ts_config", "cfgnamespace"],
  ["pg_ts_dict", "dictnamespace"],
  ["pg_ts_parser", "prsnamespace"],
  ["pg_ts_template", "tmplnamespace"],
]

const entriesOf = (acl: string) =>
  listOf("pg_catalog.concat(e.grantee, ' ', e.privilege_type, ' ', e.is_grantable, ' ', e.grantor)", `pg_catalog.aclexplode(${acl}) AS e`)

// What was revoked and granted again is unchanged, though it is no longer NULL.
const isChanged = (acl: string, initial: string) =>
  `${acl}::pg_catalog.text IS DISTINCT FROM i.initprivs::pg_catalog.text AND ${entriesOf(`coalesce(${acl}, ${initial})`)} <> ${entriesOf(`coalesce(i.initprivs, ${initial})`)}`

/** Of initdb, or of an extension that is not compared. */
const isOther = (catalog: string, condition: string) =>
  `(${ofExtension(catalog, "x.oid", "not compared")} OR x.oid < ${FIRST_OF_USERS} AND ${condition} AND NOT ${ofExtension(catalog, "x.oid", "any")})`

function changedPrivileges(catalog: string): string {
  const { prefix, type } = WITH_PRIVILEGES[catalog]!
  const { namespace, condition } = OF_SYSTEM[catalog] ?? { namespace: "NULL::pg_catalog.oid", condition: "true" }
  return `SELECT x.oid FROM pg_catalog.${catalog} AS x
      LEFT JOIN pg_catalog.pg_init_privs AS i ON i.classoid = ${classOf(catalog)} AND i.objoid = x.oid AND i.objsubid = 0
      WHERE ${isChanged(`x.${prefix}acl`, initialPrivileges(type, `x.${prefix}owner`))} AND ${isAsked(namespace)} AND ${isOther(catalog, condition)}`
}

const CHANGED_COLUMN_PRIVILEGES = `SELECT x.oid FROM pg_catalog.pg_class AS x JOIN pg_catalog.pg_attribute AS a ON a.attrelid = x.oid
      LEFT JOIN pg_catalog.pg_init_privs AS i ON i.classoid = ${classOf("pg_class")} AND i.objoid = x.oid AND i.objsubid = a.attnum
      WHERE a.attacl IS NOT NULL AND ${isChanged("a.attacl", initialPrivileges("'c'", "x.relowner"))} AND ${isAsked("x.relnamespace")}
        AND ${isOther("pg_class", "true")}`

/** initdb does not record its grants in information_schema: SELECT on relations and USAGE of the schema for PUBLIC. */
const granted = (
  catalog: string,
  acl: string,
  owner: string,
  privilege: string,
  condition: string,
) => `SELECT x.oid FROM pg_catalog.${catalog} AS x
      WHERE x.${acl} IS NOT NULL AND x.oid < ${FIRST_OF_USERS} AND ${condition} AND ${OF_DATABASE}
        AND ${listOf(
          "pg_catalog.concat(held.grantee, ' ', held.privilege_type, held.is_grantable)",
          `pg_catalog.aclexplode(x.${acl}) AS held WHERE held.grantee <> x.${owner}`,
        )} <> ARRAY['0 ${privilege}f']`
const CHANGED_IN_INFORMATION_SCHEMA = [
  granted("pg_class", "relacl", "relowner", "SELECT", "x.relnamespace = 'information_schema'::pg_catalog.regnamespace"),
  granted("pg_namespace", "nspacl", "nspowner", "USAGE", "x.nspname = 'information_schema'"),
]

const inSystemSchema = ([catalog, namespace, condition = "true"]: (typeof IN_SYSTEM_SCHEMAS)[number]) => `SELECT x.oid
      FROM pg_catalog.${catalog} AS x JOIN pg_catalog.pg_namespace AS n ON n.oid = x.${namespace}
      WHERE x.oid >= ${FIRST_OF_USERS} AND n.nspname IN ('pg_catalog', 'information_schema') AND ${condition} AND ${notOfExtension(catalog, "x.oid", "'e', 'i'")} AND ${OF_DATABASE}`

/** Array and multirange types, the constructor functions of range types, and the row types of relations. */
const WITH_A_TYPE = `SELECT 1 FROM pg_catalog.pg_description AS d JOIN pg_catalog.pg_type AS t ON t.oid = d.objoid
      WHERE d.classoid = ${classOf("pg_type")} AND t.oid >= ${FIRST_OF_USERS} AND (t.typtype = 'm' OR EXISTS (SELECT FROM pg_catalog.pg_type AS e WHERE e.typarray = t.oid)) AND ${isAsked("t.typnamespace")}
      UNION ALL SELECT 1 FROM pg_catalog.pg_proc AS p JOIN pg_catalog.pg_depend AS part ON part.classid = ${classOf("pg_proc")} AND part.objid = p.oid
        AND part.refclassid = ${classOf("pg_type")} AND part.deptype = 'i'
      WHERE (p.proacl IS NOT NULL OR EXISTS (SELECT FROM pg_catalog.pg_description AS d WHERE d.classoid = ${classOf("pg_proc")} AND d.objoid = p.oid))
        AND ${isAsked("p.pronamespace")}
      UNION ALL SELECT 1 FROM pg_catalog.pg_type AS t JOIN pg_catalog.pg_class AS c ON c.oid = t.typrelid
      WHERE t.typacl IS NOT NULL AND c.relkind <> 'c' AND t.oid >= ${FIRST_OF_USERS} AND ${notOfExtension("pg_class", "c.oid")} AND ${isAsked("t.typnamespace")}`

const LABELLED = `CASE l.classoid WHEN ${classOf("pg_class")} THEN (SELECT x.relnamespace FROM pg_catalog.pg_class AS x WHERE x.oid = l.objoid)
        WHEN ${classOf("pg_proc")} THEN (SELECT x.pronamespace FROM pg_catalog.pg_proc AS x WHERE x.oid = l.objoid)
        WHEN ${classOf("pg_type")} THEN (SELECT x.typnamespace FROM pg_catalog.pg_type AS x WHERE x.oid = l.objoid)
        WHEN ${classOf("pg_namespace")} THEN l.objoid END`

/** What exists and is not compared, with a query that counts it. */
const COUNTED: Readonly<Record<string, string>> = {
  "security labels": `SELECT 1 FROM pg_catalog.pg_seclabel AS l WHERE ${isAsked(LABELLED)}
      UNION ALL SELECT 1 FROM pg_catalog.pg_shseclabel AS l JOIN pg_catalog.pg_database AS d ON d.oid = l.objoid
      WHERE l.classoid = ${classOf("pg_database")} AND d.datname = pg_catalog.current_database() AND ${OF_DATABASE}`,
  [SUBSCRIPTION_CONNECTIONS]: `SELECT 1 FROM pg_catalog.pg_subscription AS s JOIN pg_catalog.pg_database AS d ON d.oid = s.subdbid
      WHERE d.datname = pg_catalog.current_database() AND ${OF_DATABASE}`,
  [SUBSCRIPTION_COMMENTS_BEFORE_14]: `${SUBSCRIPTION_COMMENTS} AND ${OF_DATABASE}`,
  [MAPPING_OPTIONS]: `SELECT 1 FROM pg_catalog.pg_user_mappings AS m
      JOIN pg_catalog.pg_foreign_server AS s ON s.oid = m.srvid WHERE NOT ${MAY_READ_MAPPING} AND ${OF_DATABASE}`,
  [CHANGED_PRIVILEGES]: [
    ...Object.keys(WITH_PRIVILEGES).map(changedPrivileges),
    CHANGED_COLUMN_PRIVILEGES,
    ...CHANGED_IN_INFORMATION_SCHEMA,
  ].join("\n      UNION ALL "),
  [COMES_WITH_A_TYPE]: WITH_A_TYPE,
  "objects in schemas of the system": IN_SYSTEM_SCHEMAS.map(inSystemSchema).join("\n      UNION ALL "),
}

/** What exists and is not compared: omitting it would read as "the same". */
export function notComparedQuery({ multiranges: from14 }: CatalogGates): string {
  return Object.entries(COUNTED)
    .filter(([kind]) => !from14 || kind !== SUBSCRIPTION_COMMENTS_BEFORE_14)
    .map(([kind, rows]) => `SELECT '${kind}' AS kind, (SELECT pg_catalog.count(*)::pg_catalog.int4 FROM (${rows}) AS counted) AS count`)
    .join("\nUNION ALL ")
}

/** In a fixed order, without zero counts. */
export function notComparedOf(rows: readonly KindCount[]): readonly KindCount[] {
  const found = new Map(rows.map(({ kind, count }) => [kind, count]))
  return Object.keys(COUNTED).flatMap((kind) => ((found.get(kind) ?? 0) > 0 ? [{ kind, count: found.get(kind)! }] : []))
}
