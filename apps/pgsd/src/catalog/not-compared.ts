import type { KindCount } from "../model/catalog.ts"
import { notOfExtension, type ReadContext, rowsOf, WANTED_SCHEMA } from "./reader.ts"

/** What exists and is not compared: silence about it would read as "the same". */
export async function readNotCompared(context: ReadContext): Promise<readonly KindCount[]> {
  const routines = (kind: string) => routineCount(context.gates.prokind ? `p.prokind = '${kind}'` : kind === "f" ? "true" : "false")
  // A partition's clone of its parent's trigger calls itself internal up to 14, and has a parent since 13.
  const ownTrigger = context.gates.triggerParents ? "NOT x.tgisinternal AND x.tgparentid = 0" : "NOT x.tgisinternal"
  const counts = {
    functions: `${routines("f")} + ${routines("w")}`,
    procedures: routines("p"),
    aggregates: routines("a"),
    triggers: ofRelations("pg_trigger", "tgrelid", ownTrigger),
    rules: ofRelations("pg_rewrite", "ev_class", "x.rulename <> '_RETURN'"),
    policies: ofRelations("pg_policy", "polrelid", "true"),
    "range types": `(SELECT count(*) FROM pg_catalog.pg_type AS t JOIN pg_catalog.pg_namespace AS n ON n.oid = t.typnamespace
      WHERE t.typtype = 'r' AND ${WANTED_SCHEMA} AND ${notOfExtension("pg_type", "t.oid")})`,
    "statistics objects": `(SELECT count(*) FROM pg_catalog.pg_statistic_ext AS s JOIN pg_catalog.pg_namespace AS n ON n.oid = s.stxnamespace
      WHERE ${WANTED_SCHEMA})`,
    "event triggers": "(SELECT count(*) FROM pg_catalog.pg_event_trigger)",
    publications: "(SELECT count(*) FROM pg_catalog.pg_publication)",
    "foreign servers": "(SELECT count(*) FROM pg_catalog.pg_foreign_server)",
  }
  const rows = await rowsOf<{ kind: string; count: number }>(
    context,
    Object.entries(counts)
      .map(([kind, count]) => `SELECT '${kind}' AS kind, (${count})::int4 AS count`)
      .join("\nUNION ALL "),
  )
  return rows.filter(({ count }) => count > 0)
}

// Constructor functions of a range type are the type's own (pg_depend deptype i).
function routineCount(condition: string): string {
  return `(SELECT count(*) FROM pg_catalog.pg_proc AS p JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace
      WHERE ${condition} AND ${WANTED_SCHEMA} AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS member
        WHERE member.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND member.objid = p.oid AND member.deptype IN ('e', 'i')))`
}

function ofRelations(catalog: string, relation: string, condition: string): string {
  return `(SELECT count(*) FROM pg_catalog.${catalog} AS x JOIN pg_catalog.pg_class AS c ON c.oid = x.${relation}
      JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
      WHERE ${condition} AND ${WANTED_SCHEMA} AND ${notOfExtension("pg_class", "c.oid")})`
}
