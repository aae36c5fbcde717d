import { type ReadContext, rowsOf } from "./section.ts"
import { notOfExtension, withoutSecrets } from "./sql.ts"

/** Large enough for few round trips, small enough for the lock table of a server with default settings. */
const BATCH = 500

type Defined = "view" | "rule" | "routine"

/** Definitions as the server prints them, by kind and oid. */
export interface Definitions {
  /** Oids of all relations, so that their parts can be read page by page. */
  readonly relations: readonly string[]
  /** null when the object was dropped since the snapshot, which the fence detects. */
  of(kind: Defined, oid: string): string | null
}

const PRINTED: Readonly<Record<Defined, string>> = {
  view: "pg_catalog.pg_get_viewdef(o.oid)",
  rule: "pg_catalog.pg_get_ruledef(o.oid)",
  routine: withoutSecrets("pg_catalog.pg_get_functiondef(o.oid)", "(SELECT p.proconfig FROM pg_catalog.pg_proc AS p WHERE p.oid = o.oid)"),
}

/**
 * Definitions that contain whole queries. To print one, the server locks every relation in it until the end of the transaction: thousands of them exhaust its lock
 * table (53200), and an ALTER would wait for us. Rolling back to a savepoint releases the locks and keeps the snapshot.
 */
export async function readDefinitions(context: ReadContext): Promise<Definitions> {
  const { snapshot, signal } = context
  const listed = await rowsOf<{ kind: Defined | "relation"; oid: string }>(context, listing(context))
  const wanted = listed.filter(({ kind }) => kind !== "relation")
  const found = new Map<string, string>()
  for (let at = 0; at < wanted.length; at += BATCH) {
    const batch = wanted.slice(at, at + BATCH)
    await snapshot.query("SAVEPOINT definitions", undefined, { signal })
    const { rows } = await snapshot.query<{ kind: Defined; oid: string; definition: string | null }>(
      PRINT,
      [batch.map(({ kind }) => kind), batch.map(({ oid }) => oid)],
      { signal },
    )
    for (const { kind, oid, definition } of rows) if (definition !== null) found.set(`${kind} ${oid}`, definition)
    await snapshot.query("ROLLBACK TO SAVEPOINT definitions; RELEASE SAVEPOINT definitions", undefined, { signal })
  }
  // By age: tables created together are looked up together.
  const relations = listed.filter(({ kind }) => kind === "relation").map(({ oid }) => oid)
  relations.sort((one, other) => Number(one) - Number(other))
  return { relations, of: (kind, oid) => found.get(`${kind} ${oid}`) ?? null }
}

const PRINT = `SELECT o.kind, o.oid::pg_catalog.text AS oid, CASE o.kind ${Object.entries(PRINTED)
  .map(([kind, printed]) => `WHEN '${kind}' THEN ${printed}`)
  .join(" ")} END AS definition
  FROM ROWS FROM (pg_catalog.unnest($1::pg_catalog.text[]), pg_catalog.unnest($2::pg_catalog.oid[])) AS o (kind, oid)`

function listing({ gates }: ReadContext): string {
  const lists = [
    "SELECT 'relation' AS kind, c.oid::pg_catalog.text AS oid FROM relation AS c",
    "SELECT 'view' AS kind, c.oid::pg_catalog.text AS oid FROM relation AS c WHERE c.relkind IN ('v', 'm')",
    `SELECT 'rule', r.oid::pg_catalog.text FROM pg_catalog.pg_rewrite AS r JOIN relation AS c ON c.oid = r.ev_class WHERE r.rulename <> '_RETURN'`,
    ...(gates.sqlBodies
      ? [
          `SELECT 'routine', p.oid::pg_catalog.text FROM pg_catalog.pg_proc AS p JOIN wanted AS w ON w.oid = p.pronamespace
            WHERE p.prosqlbody IS NOT NULL AND p.prokind <> 'a' AND ${notOfExtension("pg_proc", "p.oid", "'e', 'i'")}`,
        ]
      : []),
  ]
  return lists.join("\nUNION ALL ")
}
