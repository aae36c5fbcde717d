import { some } from "../attached.ts"
import type { Section } from "../section.ts"
import { commentOf, joinNeededExtensions } from "../sql.ts"
import { RELATION_KINDS } from "./relations.ts"

interface Row {
  readonly oid: string
  readonly schema: string
  readonly table: string
  readonly relkind: string
  readonly name: string
  readonly definition: string
  readonly enabled: string
}

interface TriggerRow extends Row {
  readonly extensions: readonly string[] | null
}

/** pg_trigger.tgenabled, pg_rewrite.ev_enabled and pg_event_trigger.evtenabled. */
export const ENABLED: Readonly<Record<string, string>> = { O: "enabled", D: "disabled", R: "on replicas only", A: "always" }

/** A partition's clone of its parent's trigger belongs to the parent: it is internal up to 14, and has a parent since 13. */
export const triggers: Section<TriggerRow> = {
  name: "triggers",
  of: "schemas",
  sql: ({ triggerParents }) => `SELECT c.schema, c.name AS table, c.relkind::pg_catalog.text AS relkind, x.tgname::pg_catalog.text AS name,
      pg_catalog.pg_get_triggerdef(x.oid) AS definition, x.tgenabled::pg_catalog.text AS enabled, needed.extensions, ${commentOf("pg_trigger", "x.oid")}
    FROM pg_catalog.pg_trigger AS x JOIN relation AS c ON c.oid = x.tgrelid ${joinNeededExtensions("pg_trigger", "x.oid")} WHERE NOT x.tgisinternal ${triggerParents ? "AND x.tgparentid = 0" : ""}`,
  toObject: ({ schema, table, relkind, name, definition, enabled, extensions }) => ({
    kind: "trigger",
    schema,
    parent: { kind: RELATION_KINDS[relkind]!, name: table },
    name,
    facts: { definition, enabled: ENABLED[enabled] ?? enabled, dependsOnExtensions: some(extensions) },
  }),
}

/** The rule that implements a view is part of the view. */
export const rules: Section<Row> = {
  name: "rules",
  of: "schemas",
  sql: () => `SELECT x.oid, c.schema, c.name AS table, c.relkind::pg_catalog.text AS relkind, x.rulename::pg_catalog.text AS name,
      x.ev_enabled::pg_catalog.text AS enabled, ${commentOf("pg_rewrite", "x.oid")}
    FROM pg_catalog.pg_rewrite AS x JOIN relation AS c ON c.oid = x.ev_class WHERE x.rulename <> '_RETURN'`,
  toObject: ({ oid, schema, table, relkind, name, enabled }, definitions) => ({
    kind: "rule",
    schema,
    parent: { kind: RELATION_KINDS[relkind]!, name: table },
    name,
    facts: { definition: definitions.of("rule", oid), enabled: ENABLED[enabled] ?? enabled },
  }),
}
