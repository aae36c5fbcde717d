import type { Queryable } from "@pgsd/driver/calls"

/** Accepts a pool, a lease, a transaction, a connector or a mock: they share these calls. */
export async function placeOrder(db: Queryable, item: string, pieces: number): Promise<number> {
  return db.transaction(
    async (tx) => {
      await tx.query("UPDATE stock SET pieces = pieces - $2 WHERE item = $1", [item, pieces])
      const { id } = await tx.one<{ id: number }>("INSERT INTO orders (item, pieces) VALUES ($1, $2) RETURNING id", [item, pieces])
      return id
    },
    { isolation: "serializable", retries: 2 },
  )
}
