import type { KindCount } from "../model/catalog.ts"
import { MAY_READ_MAPPING } from "./kinds/foreign.ts"
import { classOf, FIRST_OF_USERS, notOfExtension } from "./sql.ts"

/** Catalogs with privileges, and the initial privileges from initdb or an extension. */
const WITH_PRIVILEGES: readonly (readonly [catalog: string, acl: string, ofSystem?: string])[] = [
  ["pg_class", "relacl", inPgCatalog("relnamespace")],
  ["pg_proc", "proacl", inPgCatalog("pronamespace")],
  ["pg_type", "typacl", inPgCatalog("typnamespace")],
  // Schema public is compared.
  ["pg_namespace", "nspacl", "false"],
  ["pg_language", "lanacl"],
  ["pg_foreign_data_wrapper", "fdwacl"],
]

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

// initdb does not record its grants in information_schema.
const changedPrivileges = ([
  catalog,
  acl,
  ofSystem = "true",
]: (typeof WITH_PRIVILEGES)[number]) => `SELECT x.oid FROM pg_catalog.${catalog} AS x
      LEFT JOIN pg_catalog.pg_init_privs AS i ON i.classoid = ${classOf(catalog)} AND i.objoid = x.oid AND i.objsubid = 0
      WHERE (x.oid < ${FIRST_OF_USERS} AND ${ofSystem}
        OR NOT ${notOfExtension(catalog, "x.oid")})
        AND x.${acl}::pg_catalog.text IS DISTINCT FROM i.initprivs::pg_catalog.text`

const inSystemSchema = ([catalog, namespace, condition = "true"]: (typeof IN_SYSTEM_SCHEMAS)[number]) => `SELECT x.oid
      FROM pg_catalog.${catalog} AS x JOIN pg_catalog.pg_namespace AS n ON n.oid = x.${namespace}
      WHERE x.oid >= ${FIRST_OF_USERS} AND n.nspname IN ('pg_catalog', 'information_schema') AND ${condition} AND ${notOfExtension(catalog, "x.oid", "'e', 'i'")}`

/** Array and multirange types, the constructor functions of range types, and the row types of relations. */
const COMES_WITH_A_TYPE = `SELECT 1 FROM pg_catalog.pg_description AS d JOIN pg_catalog.pg_type AS t ON t.oid = d.objoid
      WHERE d.classoid = ${classOf("pg_type")} AND t.oid >= ${FIRST_OF_USERS} AND (t.typtype = 'm' OR EXISTS (SELECT FROM pg_catalog.pg_type AS e WHERE e.typarray = t.oid))
      UNION ALL SELECT 1 FROM pg_catalog.pg_proc AS p JOIN pg_catalog.pg_depend AS part ON part.classid = ${classOf("pg_proc")} AND part.objid = p.oid
        AND part.refclassid = ${classOf("pg_type")} AND part.deptype = 'i'
      WHERE p.proacl IS NOT NULL OR EXISTS (SELECT FROM pg_catalog.pg_description AS d WHERE d.classoid = ${classOf("pg_proc")} AND d.objoid = p.oid)
      UNION ALL SELECT 1 FROM pg_catalog.pg_type AS t JOIN pg_catalog.pg_class AS c ON c.oid = t.typrelid
      WHERE t.typacl IS NOT NULL AND c.relkind <> 'c' AND t.oid >= ${FIRST_OF_USERS} AND ${notOfExtension("pg_class", "c.oid")}`

/** What exists and is not compared, with a query that counts it. */
const COUNTED: Readonly<Record<string, string>> = {
  "security labels": `SELECT 1 FROM pg_catalog.pg_seclabel
      UNION ALL SELECT 1 FROM pg_catalog.pg_shseclabel AS l JOIN pg_catalog.pg_database AS d ON d.oid = l.objoid
      WHERE l.classoid = ${classOf("pg_database")} AND d.datname = pg_catalog.current_database()`,
  "connections of subscriptions": `SELECT 1 FROM pg_catalog.pg_subscription AS s JOIN pg_catalog.pg_database AS d ON d.oid = s.subdbid
      WHERE d.datname = pg_catalog.current_database()`,
  "options of user mappings that this role may not read": `SELECT 1 FROM pg_catalog.pg_user_mappings AS m
      JOIN pg_catalog.pg_foreign_server AS s ON s.oid = m.srvid WHERE NOT ${MAY_READ_MAPPING}`,
  "changed privileges on objects of the system and of extensions": WITH_PRIVILEGES.map(changedPrivileges).join("\n      UNION ALL "),
  "comments and privileges of what comes with a type": COMES_WITH_A_TYPE,
  "objects in schemas of the system": IN_SYSTEM_SCHEMAS.map(inSystemSchema).join("\n      UNION ALL "),
}

/** What exists and is not compared: omitting it would read as "the same". */
export const NOT_COMPARED = Object.entries(COUNTED)
  .map(([kind, rows]) => `SELECT '${kind}' AS kind, (SELECT pg_catalog.count(*)::pg_catalog.int4 FROM (${rows}) AS counted) AS count`)
  .join("\nUNION ALL ")

/** In a fixed order, without zero counts. */
export function notComparedOf(rows: readonly KindCount[]): readonly KindCount[] {
  const found = new Map(rows.map(({ kind, count }) => [kind, count]))
  return Object.keys(COUNTED).flatMap((kind) => ((found.get(kind) ?? 0) > 0 ? [{ kind, count: found.get(kind)! }] : []))
}
