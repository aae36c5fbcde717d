import assert from "node:assert/strict"
import { createConnectionPool } from "@pgsd/pool"
import { watchPools } from "@pgsd/watch"

const pool = createConnectionPool({ open: async () => Promise.reject(new Error("no connection is requested")), label: "shop" })
const page = await watchPools([pool])
const answer = async (name) => (await fetch(new URL(name, page.url))).text()
assert.match(await answer(""), /<title>pgsd watch/)
assert.match(await answer("watch.js"), /EventSource/)
assert.match(await answer("uplot.js"), /uPlot/)
await page.close()
await pool.close()
