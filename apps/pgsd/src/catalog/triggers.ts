import { notOfExtension, ordered, type Reader, rowsOf, WANTED_SCHEMA } from "./reader.ts"
import { RELATION_KINDS } from "./relations.ts"

interface Row {
  readonly schema: string
  readonly table: string
  readonly relkind: string
  readonly name: string
  readonly definition: string
  readonly enabled: string
}

/** pg_trigger.tgenabled and pg_rewrite.ev_enabled. */
const ENABLED: Readonly<Record<string, string>> = { O: "enabled", D: "disabled", R: "on replicas only", A: "always" }

/** A partition's clone of its parent's trigger is the parent's: it calls itself internal up to 14, and has a parent since 13. */
export const readTriggers: Reader = async (context) => {
  const own = context.gates.triggerParents ? "AND x.tgparentid = 0" : ""
  return onRelations("trigger", context, {
    from: "pg_catalog.pg_trigger AS x JOIN pg_catalog.pg_class AS c ON c.oid = x.tgrelid",
    name: "x.tgname",
    columns: "pg_catalog.pg_get_triggerdef(x.oid) AS definition, x.tgenabled::text AS enabled",
    where: `NOT x.tgisinternal ${own}`,
  })
}

/** The rule behind a view is the view. */
export const readRules: Reader = (context) =>
  onRelations("rule", context, {
    from: "pg_catalog.pg_rewrite AS x JOIN pg_catalog.pg_class AS c ON c.oid = x.ev_class",
    name: "x.rulename",
    columns: "pg_catalog.pg_get_ruledef(x.oid) AS definition, x.ev_enabled::text AS enabled",
    where: "x.rulename <> '_RETURN'",
  })

interface Query {
  readonly from: string
  readonly name: string
  readonly columns: string
  readonly where: string
}

async function onRelations(
  kind: "trigger" | "rule",
  context: Parameters<Reader>[0],
  { from, name, columns, where }: Query,
): ReturnType<Reader> {
  const rows = await rowsOf<Row>(
    context,
    `SELECT n.nspname::text AS schema, c.relname::text AS table, c.relkind::text AS relkind, ${name}::text AS name, ${columns}
  FROM ${from} JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
  WHERE ${where} AND c.relpersistence <> 't' AND ${WANTED_SCHEMA} AND ${notOfExtension("pg_class", "c.oid")}
  ${ordered("n.nspname", "c.relname", name)}`,
  )
  return rows.map(({ schema, table, relkind, name, definition, enabled }) => ({
    kind,
    schema,
    parent: { kind: RELATION_KINDS[relkind]!, name: table },
    name,
    facts: { definition, enabled: ENABLED[enabled] ?? enabled },
  }))
}
