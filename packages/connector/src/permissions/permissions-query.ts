import { catalogText } from "../catalog-text.ts"
import type { CatalogGates } from "../version/gates.ts"

/** Beyond this number, names are counted but not listed. */
export const MOST_NAMES = 20

export interface PermissionsQueryOptions {
  /** Includes the cluster's identifier; only if the role may call pg_control_system(). */
  readonly systemIdentifier?: boolean
}

/**
 * The query for everything about the session's role, which returns one JSON value. `$1` is an array of schema names, or NULL for all except
 * the system's. Needs only CONNECT: it uses pg_catalog by OID and the has_… functions, which any role may call for any role. Works in a
 * read-only transaction and with any search_path. Version differences are resolved by gates before the text is sent.
 *
 * A superuser has every privilege, so the lists of what a role owns or can write then contain only explicit ownership: the finding is that
 * it is a superuser.
 */
export function permissionsQuery(gates: CatalogGates, options: PermissionsQueryOptions = {}): string {
  const identifier = options.systemIdentifier === true ? "(SELECT system_identifier::text FROM pg_catalog.pg_control_system())" : "NULL"
  const rights = `INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER${gates.maintain ? ", MAINTAIN" : ""}`
  // For the session's role or another one. Column privileges are checked only if a column has a grant, because that is slow.
  const writes = (relation: string, withColumnGrants: string, role = "") => `CASE WHEN ${relation}.relkind = 'S'
        THEN pg_catalog.has_sequence_privilege(${role}${relation}.oid, 'USAGE, UPDATE')
        ELSE pg_catalog.has_table_privilege(${role}${relation}.oid, '${rights}')
          OR ${withColumnGrants} IS NOT NULL AND pg_catalog.has_any_column_privilege(${role}${relation}.oid, 'INSERT, UPDATE, REFERENCES')
      END`
  return catalogText(`
WITH RECURSIVE me AS (
  SELECT r.oid, r.rolname, r.rolsuper, r.rolcreatedb, r.rolcreaterole, r.rolreplication, r.rolbypassrls, r.rolinherit
  FROM pg_catalog.pg_roles r WHERE r.rolname = current_user
), reach (oid, via, grantor) AS (
  SELECT m.roleid, m.roleid, m.grantor FROM pg_catalog.pg_auth_members m, me WHERE m.member = me.oid
  UNION
  SELECT m.roleid, r.via, r.grantor FROM pg_catalog.pg_auth_members m JOIN reach r ON m.member = r.oid
), schemas AS (
  SELECT n.oid, n.nspname, n.nspacl, n.nspowner, pg_catalog.pg_get_userbyid(n.nspowner) AS owner,
    n.nspowner = me.oid OR NOT me.rolsuper AND pg_catalog.pg_has_role(n.nspowner, 'USAGE') AS owned
  FROM pg_catalog.pg_namespace n, me
  WHERE CASE WHEN $1::text[] IS NULL THEN n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' ELSE n.nspname = ANY ($1::text[]) END
), column_grants AS (
  SELECT DISTINCT a.attrelid FROM pg_catalog.pg_attribute a WHERE pg_catalog.array_length(a.attacl, 1) > 0
), relations AS (
  SELECT c.oid, c.relnamespace, c.relname, c.relkind, c.relispartition, c.relowner, c.relacl, c.reloptions,
    c.relowner = me.oid OR NOT me.rolsuper AND pg_catalog.pg_has_role(c.relowner, 'USAGE') AS owned,
    pg_catalog.has_table_privilege(c.oid, 'SELECT') AS selectable,
    NOT me.rolsuper AND ${writes("c", "g.attrelid")} AS writable, g.attrelid AS with_column_grants,
    c.relrowsecurity AND pg_catalog.row_security_active(c.oid) AS row_security
  FROM pg_catalog.pg_class c JOIN schemas s ON s.oid = c.relnamespace CROSS JOIN me LEFT JOIN column_grants g ON g.attrelid = c.oid
  WHERE c.relkind = ANY ('{r,p,v,m,f,S}')
), write_grants AS (
  SELECT r.relnamespace, r.relkind = 'S' AS sequence, a.grantee, a.privilege_type,
    CASE WHEN a.grantor <> r.relowner THEN a.grantor END AS grantor,
    CASE WHEN a.grantor <> r.relowner THEN r.relname END AS relation
  FROM relations r CROSS JOIN LATERAL pg_catalog.aclexplode(r.relacl) a WHERE r.writable AND NOT r.owned
  UNION
  SELECT r.relnamespace, false, a.grantee, a.privilege_type, CASE WHEN a.grantor <> r.relowner THEN a.grantor END,
    CASE WHEN a.grantor <> r.relowner THEN r.relname END
  FROM relations r JOIN pg_catalog.pg_attribute t ON t.attrelid = r.oid AND t.attacl IS NOT NULL
    CROSS JOIN LATERAL pg_catalog.aclexplode(t.attacl) a WHERE r.writable AND NOT r.owned
), views (top, oid) AS (
  SELECT v.oid, v.oid FROM relations v WHERE v.relkind = 'v' AND v.selectable
  UNION
  SELECT v.top, b.oid FROM views v JOIN ${BENEATH} AND b.relkind = 'v'
), blind_views AS (
  SELECT t.relnamespace, t.relname, bn.nspname AS base_schema, b.relname AS base_relation, pg_catalog.pg_get_userbyid(k.checker) AS checker
  FROM views JOIN relations t ON t.oid = views.top JOIN pg_catalog.pg_class v ON v.oid = views.oid CROSS JOIN me
    CROSS JOIN LATERAL (SELECT CASE WHEN v.reloptions::text ~* 'security_invoker=(t|y|on|1)' THEN me.oid ELSE v.relowner END AS checker) k
    JOIN ${BENEATH} AND b.relkind = ANY ('{r,p,v,m,f}')
    JOIN pg_catalog.pg_namespace bn ON bn.oid = b.relnamespace
  WHERE NOT pg_catalog.has_table_privilege(k.checker, b.oid, 'SELECT') AND NOT pg_catalog.has_any_column_privilege(k.checker, b.oid, 'SELECT')
  GROUP BY 1, 2, 3, 4, 5
), definers AS (
  SELECT n.nspname, p.proname
  FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_roles o ON o.oid = p.proowner AND o.rolsuper
    JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace CROSS JOIN me
  WHERE p.prosecdef AND NOT me.rolsuper AND n.nspname <> 'pg_catalog' AND n.nspname <> 'information_schema'
    AND pg_catalog.has_function_privilege(p.oid, 'EXECUTE')
), database AS (
  SELECT d.oid, d.datname, d.datacl, d.datdba, pg_catalog.pg_get_userbyid(d.datdba) AS owner,
    d.datdba = me.oid OR NOT me.rolsuper AND pg_catalog.pg_has_role(d.datdba, 'USAGE') AS owned
  FROM pg_catalog.pg_database d, me WHERE d.datname = pg_catalog.current_database()
)
SELECT pg_catalog.json_build_object(
  'role', (SELECT pg_catalog.json_build_object(
    'name', rolname, 'sessionUser', session_user, 'bootstrap', oid = 10, 'superuser', rolsuper, 'createDatabase', rolcreatedb,
    'createRole', rolcreaterole, 'replication', rolreplication, 'bypassRowSecurity', rolbypassrls, 'inherit', rolinherit) FROM me),
  'memberships', (SELECT coalesce(pg_catalog.json_agg(pg_catalog.json_build_object(
      'role', r.rolname, 'inherited', pg_catalog.pg_has_role(r.oid, 'USAGE'),
      'settable', pg_catalog.pg_has_role(r.oid, '${gates.membershipOptions ? "SET" : "MEMBER"}'),
      'administered', pg_catalog.pg_has_role(r.oid, 'MEMBER WITH ADMIN OPTION'),
      'writes', NOT me.rolsuper AND NOT pg_catalog.pg_has_role(r.oid, 'USAGE') AND (
        EXISTS (SELECT FROM relations x WHERE NOT x.writable AND NOT x.owned AND ${writes("x", "x.with_column_grants", "r.oid, ")})
        OR EXISTS (SELECT FROM schemas s WHERE pg_catalog.has_schema_privilege(r.oid, s.oid, 'CREATE') AND NOT pg_catalog.has_schema_privilege(s.oid, 'CREATE'))
        OR EXISTS (SELECT FROM database d WHERE pg_catalog.has_database_privilege(r.oid, d.oid, 'CREATE') AND NOT pg_catalog.has_database_privilege(d.oid, 'CREATE'))),
      'paths', g.paths,
      'superuser', r.rolsuper, 'createDatabase', r.rolcreatedb, 'createRole', r.rolcreaterole, 'replication', r.rolreplication,
      'bypassRowSecurity', r.rolbypassrls) ORDER BY r.rolname), '[]'::json)
    FROM pg_catalog.pg_roles r JOIN (
      SELECT reach.oid, pg_catalog.jsonb_agg(DISTINCT pg_catalog.jsonb_build_object('via', pg_catalog.pg_get_userbyid(reach.via),
        'grantor', CASE WHEN reach.grantor = 10 THEN NULL ELSE pg_catalog.pg_get_userbyid(reach.grantor) END)) AS paths
      FROM reach GROUP BY reach.oid) g ON g.oid = r.oid CROSS JOIN me),
  'database', (SELECT pg_catalog.json_build_object(
    'name', d.datname, 'owner', d.owner, 'owned', d.owned,
    'connect', pg_catalog.has_database_privilege(d.oid, 'CONNECT'), 'create', pg_catalog.has_database_privilege(d.oid, 'CREATE'),
    'temporary', pg_catalog.has_database_privilege(d.oid, 'TEMPORARY'),
    'createGrants', (SELECT coalesce(pg_catalog.jsonb_agg(DISTINCT ${grant("d.datdba")}), '[]'::jsonb)
      FROM pg_catalog.aclexplode(d.datacl) a WHERE a.privilege_type = 'CREATE' AND a.grantee <> d.datdba AND ${reaches})) FROM database d),
  'schemas', (SELECT coalesce(pg_catalog.json_agg(pg_catalog.json_build_object(
      'name', s.nspname, 'owner', s.owner, 'owned', s.owned,
      'usage', pg_catalog.has_schema_privilege(s.oid, 'USAGE'), 'create', pg_catalog.has_schema_privilege(s.oid, 'CREATE'),
      'createGrants', (SELECT coalesce(pg_catalog.jsonb_agg(DISTINCT ${grant("s.nspowner")}), '[]'::jsonb)
        FROM pg_catalog.aclexplode(s.nspacl) a WHERE a.privilege_type = 'CREATE' AND NOT s.owned AND ${reaches}),
      'total', coalesce(t.total, 0), 'selectable', coalesce(t.selectable, 0), 'partitions', coalesce(t.partitions, 0),
      'lackingTables', coalesce(t.lacking_tables, 0), 'lackingSequences', coalesce(t.lacking_sequences, 0),
      'lacking', ${names("t.lacking", "t.lacking_tables + t.lacking_sequences")},
      'rowSecurity', ${names("t.row_security", "t.row_security_count")},
      'writable', ${names("t.writable", "t.writable_count")},
      'ownedRelations', ${names("t.owned", "t.owned_count")},
      'tableOwners', coalesce(t.owners, '[]'::json),
      'blindViews', (SELECT coalesce(pg_catalog.json_agg(pg_catalog.json_build_object('view', b.relname, 'baseSchema', b.base_schema,
        'base', b.base_relation, 'checker', b.checker) ORDER BY b.relname, b.base_relation), '[]'::json)
        FROM blind_views b WHERE b.relnamespace = s.oid),
      'writeGrants', (SELECT coalesce(pg_catalog.json_agg(pg_catalog.json_build_object('sequence', w.sequence, 'grantee', w.grantee,
          'grantor', w.grantor, 'privileges', w.privileges, 'relations', w.relations) ORDER BY w.sequence, w.grantee, w.grantor), '[]'::json)
        FROM (SELECT a.sequence, ${grantee} AS grantee, pg_catalog.pg_get_userbyid(a.grantor)::text AS grantor,
            pg_catalog.array_agg(DISTINCT a.privilege_type) AS privileges,
            coalesce(pg_catalog.array_agg(DISTINCT a.relation::text) FILTER (WHERE a.relation IS NOT NULL), '{}') AS relations
          FROM write_grants a WHERE a.relnamespace = s.oid AND a.privilege_type <> 'SELECT' AND ${reaches} GROUP BY 1, 2, 3) w)
      ) ORDER BY s.nspname), '[]'::json)
    FROM schemas s LEFT JOIN (
      SELECT r.relnamespace,
        pg_catalog.count(*) AS total,
        pg_catalog.count(*) FILTER (WHERE r.selectable) AS selectable,
        pg_catalog.count(*) FILTER (WHERE r.relispartition) AS partitions,
        ${list("lacking", "NOT r.selectable AND NOT r.relispartition", false)},
        pg_catalog.count(*) FILTER (WHERE NOT r.selectable AND NOT r.relispartition AND r.relkind <> 'S') AS lacking_tables,
        pg_catalog.count(*) FILTER (WHERE NOT r.selectable AND r.relkind = 'S') AS lacking_sequences,
        ${list("row_security", "r.row_security")},
        ${list("writable", "r.writable AND NOT r.owned")},
        ${list("owned", "r.owned")},
        pg_catalog.json_agg(DISTINCT pg_catalog.pg_get_userbyid(r.relowner)) FILTER (WHERE r.relkind <> 'S' AND NOT r.owned) AS owners
      FROM relations r GROUP BY r.relnamespace) t ON t.relnamespace = s.oid),
  'definers', (SELECT pg_catalog.json_build_object('count', pg_catalog.count(*),
    'names', coalesce((pg_catalog.array_agg(pg_catalog.format('%I.%I', f.nspname, f.proname) ORDER BY f.nspname, f.proname))[1:${MOST_NAMES}], '{}')) FROM definers f),
  'hiddenMappings', (SELECT CASE WHEN me.rolsuper THEN 0 ELSE (SELECT pg_catalog.count(*) FROM pg_catalog.pg_user_mappings u WHERE u.umoptions IS NULL) END FROM me),
  'hiddenSubscriptions', (SELECT CASE WHEN pg_catalog.has_column_privilege('pg_catalog.pg_subscription'::pg_catalog.regclass, 'subconninfo', 'SELECT') THEN 0
    ELSE (SELECT pg_catalog.count(*) FROM pg_catalog.pg_subscription p WHERE p.subdbid = d.oid) END FROM database d),
  'readerExists', pg_catalog.to_regrole('pgsd_reader') IS NOT NULL,
  'systemIdentifier', ${identifier},
  'readOnly', pg_catalog.json_build_object(
    'transaction', pg_catalog.current_setting('transaction_read_only') = 'on',
    'byDefault', pg_catalog.current_setting('default_transaction_read_only') = 'on',
    'standby', pg_catalog.pg_is_in_recovery())
) AS report`)
}

/** The relations `b` that a view `v` depends on. */
const BENEATH = `pg_catalog.pg_rewrite w ON w.ev_class = v.oid AND w.rulename = '_RETURN'
    JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass AND d.objid = w.oid
      AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.refobjid <> v.oid
    JOIN pg_catalog.pg_class b ON b.oid = d.refobjid`

// Grantees whose privileges apply to this role: PUBLIC, itself, or a role whose privileges it inherits. The server's notation is ambiguous:
// a role may be called "PUBLIC", in quotes.
const grantee = "CASE WHEN a.grantee = 0 THEN NULL ELSE pg_catalog.pg_get_userbyid(a.grantee)::text END"
/** A superuser's REVOKE acts as the owner: a privilege granted by another role must be revoked as that role. */
function grant(owner: string): string {
  return `pg_catalog.jsonb_build_object('grantee', ${grantee}, 'grantor', CASE WHEN a.grantor <> ${owner} THEN pg_catalog.pg_get_userbyid(a.grantor)::text END)`
}

const reaches = "(a.grantee = 0 OR pg_catalog.pg_has_role(a.grantee, 'USAGE'))"

function list(name: string, condition: string, counted = true): string {
  const names = `(pg_catalog.array_agg(r.relname::text ORDER BY r.relname) FILTER (WHERE ${condition}))[1:${MOST_NAMES}] AS ${name}`
  return counted ? `${names},\n        pg_catalog.count(*) FILTER (WHERE ${condition}) AS ${name}_count` : names
}

function names(list: string, count: string): string {
  return `pg_catalog.json_build_object('names', coalesce(${list}, '{}'), 'count', coalesce(${count}, 0))`
}
