import { classOf, grantText, listOf, lossText } from "./sql.ts"

/** Catalogs `x` of objects with privileges. */
export const WITH_PRIVILEGES: Readonly<Record<string, WithPrivileges>> = {
  pg_class: { prefix: "rel", type: "CASE x.relkind WHEN 'S' THEN 's' ELSE 'r' END" },
  pg_proc: { prefix: "pro", type: "'f'" },
  pg_type: { prefix: "typ", type: "'T'" },
  pg_namespace: { prefix: "nsp", type: "'n'" },
  pg_language: { prefix: "lan", type: "'l'" },
  pg_foreign_data_wrapper: { prefix: "fdw", type: "'F'" },
  pg_foreign_server: { prefix: "srv", type: "'S'" },
}

interface WithPrivileges {
  /** Of the columns with owner and privileges. */
  readonly prefix: string
  /** For acldefault(). */
  readonly type: string
}

/** The privileges that the owner and PUBLIC have of an object with none recorded. */
export function initialPrivileges(type: string, owner: string): string {
  return `pg_catalog.acldefault((${type})::pg_catalog."char", ${owner})`
}

/** What is granted beyond other privileges, `grantee privilege` each, and with `-` those that are not granted. */
export function grantsBeyond(initial: string, acl: string, owner: string): string {
  return listOf(
    "entry.granted",
    `(SELECT ${grantText("held", owner)} AS granted FROM pg_catalog.aclexplode(${acl}) AS held WHERE NOT EXISTS (SELECT
        FROM pg_catalog.aclexplode(${initial}) AS stock WHERE stock.grantee = held.grantee
          AND stock.privilege_type = held.privilege_type AND stock.is_grantable = held.is_grantable)
      UNION SELECT ${lossText("stock")} FROM pg_catalog.aclexplode(${initial}) AS stock WHERE NOT EXISTS (SELECT
        FROM pg_catalog.aclexplode(${acl}) AS held WHERE held.grantee = stock.grantee AND held.privilege_type = stock.privilege_type)) AS entry`,
  )
}

/** Of a relation: before 18, its row type is a member as well. */
const OF_PARTS = `
        UNION ALL SELECT pg_catalog.concat(' column ', c.attname, ' of'), 'c', c.attacl FROM pg_catalog.pg_attribute AS c WHERE c.attrelid = x.oid AND NOT c.attisdropped
        UNION ALL SELECT ' the row type of', 'T', t.typacl FROM pg_catalog.pg_type AS t WHERE t.oid = x.reltype`

/** The privileges on a member of an extension, its columns and its row type, beyond those that a new object has; NULL where nobody granted or revoked any. */
export function memberGrants(catalog: string): string {
  const { prefix, type } = WITH_PRIVILEGES[catalog]!
  const owner = `x.${prefix}owner`
  const acls = `SELECT '' AS part, (${type})::pg_catalog.text AS type, x.${prefix}acl AS acl${catalog === "pg_class" ? OF_PARTS : ""}`
  return `(SELECT pg_catalog.json_object_agg(g.part, ${grantsBeyond(initialPrivileges("g.type", owner), "g.acl", owner)} ORDER BY g.part)
      FROM (${acls}) AS g WHERE g.acl IS NOT NULL)`
}

/** Whether an object is a member of an extension, and of one that is not compared: with selected schemas, an extension belongs to its own schema. */
export function ofExtension(catalog: string, oid: string, which: "any" | "not compared"): string {
  return `EXISTS (SELECT FROM pg_catalog.pg_depend AS member JOIN pg_catalog.pg_extension AS e ON e.oid = member.refobjid
        JOIN pg_catalog.pg_namespace AS n ON n.oid = e.extnamespace, given
      WHERE member.classid = ${classOf(catalog)} AND member.objid = ${oid} AND member.objsubid = 0 AND member.deptype = 'e'
        AND member.refclassid = ${classOf("pg_extension")}${which === "any" ? "" : " AND n.nspname <> ALL (given.chosen)"})`
}
