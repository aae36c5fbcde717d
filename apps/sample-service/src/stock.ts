import type { ConnectionPool } from "@pgsd/pool"

/** Beyond this many items the cache is cleared. */
const MAX_KNOWN = 10_000

export interface Stock {
  /** The current or a recent quantity: the table decides about an order. Undefined for an unknown item. */
  pieces(item: string, signal?: AbortSignal): Promise<number | undefined>
  close(): Promise<void>
}

/** Caches what was read until a notification says that it has changed. */
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
      // Notifications sent while disconnected are lost.
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
      // A value read before a change must not be cached after it.
      if (row !== undefined && changes === before) known.set(item, row.pieces)
      return row?.pieces
    },
    close: () => listening.close(),
  }
}
