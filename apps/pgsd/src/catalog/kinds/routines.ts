import { hiddenOptions, some } from "../attached.ts"
import type { Section } from "../section.ts"
import { commentOf, grantsOf, joinNeededExtensions, notOfExtension, ownerOf, secretSettings, withoutSecrets } from "../sql.ts"

interface Row {
  readonly oid: string
  readonly schema: string
  readonly name: string
  readonly kind: string
  readonly definition: string | null
  readonly extensions: readonly string[] | null
  readonly settings: Readonly<Record<string, string>> | null
}

const PRINTED = withoutSecrets("pg_catalog.pg_get_functiondef(p.oid)", "p.proconfig")

/** Functions (including window functions) and procedures, named with their input types: `f(integer, text[])`. Constructors of a range type belong to the type. */
export const routines: Section<Row> = {
  name: "routines",
  of: "schemas",
  sql: ({
    prokind,
    sqlBodies,
  }) => `SELECT p.oid, w.schema, pg_catalog.format('%s(%s)', p.proname, pg_catalog.oidvectortypes(p.proargtypes)) AS name,
      ${prokind ? "p.prokind::pg_catalog.text" : "'f'"} AS kind,
      ${sqlBodies ? `CASE WHEN p.prosqlbody IS NULL THEN ${PRINTED} END` : PRINTED} AS definition,
      needed.extensions, ${secretSettings("p.proconfig")} AS settings, ${ownerOf("p.proowner")}, ${grantsOf("p.proacl", "f", "p.proowner")}, ${commentOf("pg_proc", "p.oid")}
    FROM pg_catalog.pg_proc AS p JOIN wanted AS w ON w.oid = p.pronamespace
    ${joinNeededExtensions("pg_proc", "p.oid")}
    WHERE ${prokind ? "p.prokind <> 'a'" : "NOT p.proisagg"} AND ${notOfExtension("pg_proc", "p.oid", "'e', 'i'")}`,
  toObject: ({ oid, schema, name, kind, definition: printed, extensions, settings }, definitions) => {
    const definition = printed ?? definitions.of("routine", oid)
    const { facts, secrets } = hiddenOptions(settings, "setting")
    return {
      kind: kind === "p" ? "procedure" : "function",
      schema,
      name,
      facts: { definition, ...facts, dependsOnExtensions: some(extensions) },
      ...secrets,
    }
  },
}
