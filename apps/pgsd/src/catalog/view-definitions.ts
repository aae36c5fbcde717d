import type { ReadContext } from "./reader.ts"

/** Enough to need few round trips, few enough for the lock table of a server with default settings. */
const BATCH = 500

/**
 * What pg_get_viewdef says of each view, by oid. It keeps locks on the view and its tables until the transaction ends: thousands of views exhaust the server's
 * lock table (53200), and an ALTER would wait for us. Going back to a savepoint gives the locks back and keeps the snapshot.
 */
export async function readViewDefinitions(
  { snapshot, signal }: ReadContext,
  oids: readonly number[],
): Promise<ReadonlyMap<number, string>> {
  const definitions = new Map<number, string>()
  for (let at = 0; at < oids.length; at += BATCH) {
    await snapshot.query("SAVEPOINT view_definitions")
    const { rows } = await snapshot.query<{ oid: number; definition: string }>(
      `SELECT view AS oid, pg_catalog.pg_get_viewdef(view) AS definition FROM pg_catalog.unnest($1::pg_catalog.oid[]) AS view`,
      [oids.slice(at, at + BATCH)],
      { signal },
    )
    for (const { oid, definition } of rows) definitions.set(oid, definition)
    await snapshot.query("ROLLBACK TO SAVEPOINT view_definitions; RELEASE SAVEPOINT view_definitions")
  }
  return definitions
}
