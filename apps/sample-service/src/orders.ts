import type { Queryable } from "@pgsd/pool"

export class OutOfStock extends Error {}

/** Accepts a pool, a lease, a transaction or a mock: they share these calls. */
export function placeOrder(db: Queryable, item: string, pieces: number, signal?: AbortSignal): Promise<number> {
  return db.transaction(
    async (tx) => {
      const left = await tx.maybeOne("UPDATE stock SET pieces = pieces - $2 WHERE item = $1 AND pieces >= $2 RETURNING pieces", [
        item,
        pieces,
      ])
      if (left === undefined) throw new OutOfStock(`fewer than ${pieces} of ${item} are in stock`)
      const { id } = await tx.one<{ id: number }>("INSERT INTO orders (item, pieces) VALUES ($1, $2) RETURNING id", [item, pieces])
      await tx.notify("stock", item) // sent with COMMIT
      return id
    },
    { retries: 2, signal },
  )
}
