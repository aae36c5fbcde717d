import type { Section } from "../section.ts"
import { commentOf, grantsOf, listOf, notOfExtension, ownerOf } from "../sql.ts"

interface Row {
  readonly name: string
  readonly initial_owner: boolean
  readonly initial_public: boolean
}

/** The role created by initdb, and the owner of schema public since 15. */
const BOOTSTRAP_SUPERUSER = 10
const DATABASE_OWNER = 6171

/**
 * initdb creates schema public, since 15 with another owner and other grants to PUBLIC: where they are unchanged since initdb, they are not a difference.
 * (pg_init_privs has initdb's grants.) Its default comment is ignored.
 */
export const schemas: Section<Row> = {
  name: "schemas",
  of: "schemas",
  sql: ({ nullsNotDistinct: from15 }) => `SELECT w.schema AS name, ${ownerOf("w.nspowner")}, ${grantsOf("w.nspacl", "n", "w.nspowner")},
      (SELECT NULLIF(c.comment, 'standard public schema') FROM (SELECT ${commentOf("pg_namespace", "w.oid")}) AS c) AS comment,
      i.initprivs IS NOT NULL AND w.nspowner = ${from15 ? DATABASE_OWNER : BOOTSTRAP_SUPERUSER} AS initial_owner,
      i.initprivs IS NOT NULL AND ${grantedToPublic("w.nspacl")} = ${grantedToPublic("i.initprivs")} AS initial_public
    FROM wanted AS w LEFT JOIN pg_catalog.pg_init_privs AS i
      ON i.classoid = 'pg_catalog.pg_namespace'::pg_catalog.regclass AND i.objoid = w.oid AND i.privtype = 'i'
    WHERE ${notOfExtension("pg_namespace", "w.oid")}`,
  toObject: ({ name, initial_owner: owner, initial_public: grants }) => ({
    kind: "schema",
    schema: null,
    name,
    facts: {},
    ...((owner || grants) && { initial: { ...(owner && { owner }), ...(grants && { public: grants }) } }),
  }),
}

function grantedToPublic(acl: string): string {
  return listOf("pg_catalog.concat(held.privilege_type, held.is_grantable)", `pg_catalog.aclexplode(${acl}) AS held WHERE held.grantee = 0`)
}
