import { sessionOf } from "@pgsd/driver/session"
import { pgliteDriver } from "@pgsd/driver-pglite"

const session = sessionOf(await pgliteDriver().connect())
const sql = `SELECT '{"id": 9007199254740993}'::jsonb AS doc`
console.log(await session.one(sql)) // => { doc: { id: 9007199254740992 } }
console.log(await session.one(sql, [], { types: { 3802: (text) => text } })) // => { doc: '{"id": 9007199254740993}' }
await session.close()
