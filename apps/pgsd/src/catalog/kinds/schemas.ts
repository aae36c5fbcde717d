import type { Section } from "../section.ts"
import { commentOf, grantsOf, ownerOf } from "../sql.ts"

interface Row {
  readonly name: string
  readonly initial: boolean
}

/**
 * initdb makes schema public, with another owner and other grants since 15: as long as it is as initdb made it, those are no difference. (pg_init_privs holds
 * what initdb granted.) Its stock comment is none.
 */
export const schemas: Section<Row> = {
  name: "schemas",
  of: "schemas",
  sql: () => `SELECT w.schema AS name, ${ownerOf("w.nspowner")}, ${grantsOf("w.nspacl", "n", "w.nspowner")},
      (SELECT NULLIF(c.comment, 'standard public schema') FROM (SELECT ${commentOf("pg_namespace", "w.oid")}) AS c) AS comment,
      EXISTS (SELECT FROM pg_catalog.pg_init_privs AS i WHERE i.classoid = 'pg_catalog.pg_namespace'::pg_catalog.regclass AND i.objoid = w.oid
        AND i.privtype = 'i' AND i.initprivs::pg_catalog.text = w.nspacl::pg_catalog.text) AS initial
    FROM wanted AS w`,
  toObject: ({ name, initial }) => ({ kind: "schema", schema: null, name, facts: {}, ...(initial && { initial }) }),
}
