import assert from "node:assert/strict"
import { createRequire } from "node:module"
import compat, { Pool, types } from "@pgsd/pg-compat"
import pg from "pg"

const pool = new Pool({ host: "127.0.0.1", port: 1, user: "app", failFast: true })
assert.ok(pool instanceof pg.Pool)
assert.equal(types, pg.types)
assert.equal(compat.Pool, Pool)
await assert.rejects(pool.query("SELECT 1"), { code: "ECONNREFUSED" })
await pool.end()

const required = createRequire(import.meta.url)("@pgsd/pg-compat")
assert.equal(required.Pool, Pool)
assert.equal(required.Client, pg.Client)
