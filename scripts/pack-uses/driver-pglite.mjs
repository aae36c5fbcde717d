import assert from "node:assert/strict"
import { pgliteDriver } from "@pgsd/driver-pglite"

const connection = await pgliteDriver().connect()
const { rows } = await connection.query("select $1::int4 + 1 as n", [41])
assert.deepEqual(rows, [{ n: 42 }])
await connection.close()
