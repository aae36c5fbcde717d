import type { ConnectionPool } from "@pgsd/pool"

/** More items than this are forgotten, all at once. */
const MAX_KNOWN = 10_000

export interface Stock {
  /** How many there are, or were a moment ago: an order is decided by the table. Undefined for an item that is not sold. */
  pieces(item: string, signal?: AbortSignal): Promise<number | undefined>
  close(): Promise<void>
}

/** Remembers what was read until a notification says that it has changed. */
export async function rememberStock(pool: ConnectionPool): Promise<Stock> {
  const known = new Map<string, number>()
  let changes = 0
  const listening = await pool.listen(
    "stock",
    ({ payload }) => {
      changes += 1
      known.delete(payload)
    },
    {
      // What was sent while nobody listened is lost.
      onGap: () => {
        changes += 1
        known.clear()
      },
    },
  )

  return {
    async pieces(item, signal) {
      const remembered = known.get(item)
      if (remembered !== undefined) return remembered
      const before = changes
      const row = await pool.maybeOne<{ pieces: number }>("SELECT pieces FROM stock WHERE item = $1", [item], { signal })
      if (known.size >= MAX_KNOWN) known.clear()
      // What was read before a change must not be remembered after it.
      if (row !== undefined && changes === before) known.set(item, row.pieces)
      return row?.pieces
    },
    close: () => listening.close(),
  }
}
