import { byGrantee, HIDDEN, yes } from "../attached.ts"
import { grantsBeyond, initialPrivileges } from "../privileges.ts"
import type { Section } from "../section.ts"
import { digestOf, FIRST_OF_USERS, grantee, grantsOf, isCustom, listOf, ownerOf, settingsIn, tablespaceOf } from "../sql.ts"

interface DatabaseRow {
  readonly connections: string | null
  readonly allows: boolean
  readonly template: boolean
  readonly tablespace: string | null
}

/** The database itself, whatever its name. */
export const database: Section<DatabaseRow> = {
  name: "database",
  of: "database",
  sql: () => `SELECT NULLIF(d.datconnlimit, -1)::pg_catalog.text AS connections, d.datallowconn AS allows, d.datistemplate AS template,
      NULLIF(${tablespaceOf("d.dattablespace")}, 'pg_default') AS tablespace, ${ownerOf("d.datdba")}, ${grantsOf("d.datacl", "d", "d.datdba")},
      (SELECT c.description FROM pg_catalog.pg_shdescription AS c
        WHERE c.classoid = 'pg_catalog.pg_database'::pg_catalog.regclass AND c.objoid = d.oid AND d.oid >= ${FIRST_OF_USERS}) AS comment
    FROM pg_catalog.pg_database AS d WHERE d.datname = pg_catalog.current_database()`,
  toObject: ({ connections, allows, template, tablespace }) => ({
    kind: "database",
    schema: null,
    name: "this database",
    facts: { connectionLimit: connections, allowConnections: allows ? null : "no", template: yes(template), tablespace },
    implied: true,
  }),
}

interface SettingRow {
  readonly name: string
  readonly value: string | null
  readonly digest: string | null
}

// pg_settings would not do, because what it lists depends on the role.
const CUSTOM = isCustom("conf.name")

/** ALTER DATABASE … SET, and ALTER ROLE … IN DATABASE … SET. A setting unknown to the server belongs to an application, and its value may be a secret. */
export const databaseSettings: Section<SettingRow> = {
  name: "database settings",
  of: "database",
  sql: () => `SELECT pg_catalog.concat(CASE WHEN s.setrole <> 0 THEN ${grantee("s.setrole")} || '.' END, conf.name) AS name,
      CASE WHEN NOT ${CUSTOM} THEN conf.value END AS value, CASE WHEN ${CUSTOM} THEN ${digestOf("conf.value")} END AS digest
    FROM pg_catalog.pg_db_role_setting AS s JOIN pg_catalog.pg_database AS d ON d.oid = s.setdatabase, ${settingsIn("s.setconfig")}
    WHERE d.datname = pg_catalog.current_database()`,
  toObject: ({ name, value, digest }) => ({
    kind: "database_setting",
    schema: null,
    name,
    facts: { value: value ?? HIDDEN },
    ...(digest !== null && { secrets: { value: digest } }),
  }),
}

interface DefaultPrivilegeRow {
  readonly schema: string | null
  readonly role: string
  readonly object_type: string
  readonly grants: readonly string[]
}

/** pg_default_acl.defaclobjtype */
const OBJECT_TYPES: Readonly<Record<string, string>> = {
  r: "tables",
  S: "sequences",
  f: "functions",
  T: "types",
  n: "schemas",
  L: "large objects",
}

// Without a schema an entry replaces the default, so a default grant to PUBLIC may have been revoked; with a schema it adds to the default.
const INITIAL = `CASE WHEN d.defaclnamespace = 0 THEN ${initialPrivileges("CASE d.defaclobjtype WHEN 'S' THEN 's' ELSE d.defaclobjtype END", "d.defaclrole")} END`
const DEFAULT_GRANTS = grantsBeyond(INITIAL, "d.defaclacl", "d.defaclrole")

/** By role, object type and grantee: the granted privileges, and with "no" those of the server's default that are not granted. */
export const defaultPrivileges: Section<DefaultPrivilegeRow & { readonly grantee: string; readonly privileges: readonly string[] }> = {
  name: "default privileges",
  of: "schemas",
  sql: () => `SELECT e.schema, e.role, e.object_type, e.grantee, ${listOf("p.privilege", "pg_catalog.unnest(e.privileges) AS p (privilege)")} AS privileges FROM (
      SELECT w.schema, pg_catalog.pg_get_userbyid(d.defaclrole)::pg_catalog.text AS role, d.defaclobjtype::pg_catalog.text AS object_type,
        pg_catalog.regexp_replace(g.granted, ' [^ ]+$', '') AS grantee, pg_catalog.array_agg(g.granted ORDER BY g.granted) AS privileges
      FROM pg_catalog.pg_default_acl AS d LEFT JOIN wanted AS w ON w.oid = d.defaclnamespace, given, pg_catalog.unnest(${DEFAULT_GRANTS}) AS g (granted)
      WHERE w.oid IS NOT NULL OR (given.chosen IS NULL AND d.defaclnamespace = 0)
      GROUP BY w.schema, d.defaclrole, d.defaclobjtype, 4) AS e`,
  toObject: ({ schema, role, object_type, grantee: to, privileges }) => ({
    kind: "default_privilege",
    schema,
    name: `${role}:${OBJECT_TYPES[object_type] ?? object_type}:${to}`,
    facts: { privileges: byGrantee(privileges)[to] ?? [] },
  }),
}
