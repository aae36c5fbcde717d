import { sessionOf } from "@pgsd/driver/session"
import { pgliteDriver } from "@pgsd/driver-pglite"

const session = sessionOf(await pgliteDriver().connect())
const total = await session.transaction(async (tx) => {
  await tx.query("CREATE TABLE items (name text, price int)")
  await tx.query({ text: "INSERT INTO items VALUES ($1, $2)", values: ["tea", 3] })
  await tx.transaction((inner) => inner.query("INSERT INTO items VALUES ('cup', 'nine')")).catch(() => {}) // a savepoint, undone
  return tx.one("SELECT sum(price)::int AS total FROM items")
})
console.log(total) // => { total: 3 }
for await (const [name, price] of session.stream("SELECT * FROM items", [], { rowMode: "array" })) console.log(name, price) // => tea 3
await session.close()
