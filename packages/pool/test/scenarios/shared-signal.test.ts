import { getEventListeners } from "node:events"
import { type PostgresServer, postgresServer } from "@pgsd/testing/server"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import type { ConnectionPool } from "../../src/index.ts"
import { DRIVERS, scene } from "../support/scene.ts"

// One signal for many calls, such as that of a request or a shutdown: Node warns from the eleventh listener on.

let server: PostgresServer
beforeAll(async () => {
  server = await postgresServer()
})
afterAll(() => server?.close())

async function drain(parts: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of parts);
}

const CALLS: Readonly<Record<string, (pool: ConnectionPool, signal: AbortSignal) => Promise<unknown>>> = {
  "query()": (pool, signal) => pool.query("SELECT pg_sleep(0.01)", undefined, { signal }),
  "acquire()": (pool, signal) => pool.acquire({ signal }).then((lease) => lease.release()),
  "use()": (pool, signal) => pool.use((lease) => lease.query("SELECT pg_sleep(0.01)"), { signal }),
  "transaction()": (pool, signal) => pool.transaction((tx) => tx.query("SELECT pg_sleep(0.01)"), { signal }),
  "batch()": (pool, signal) => pool.batch(["SELECT pg_sleep(0.01)"], { signal }),
  "copyTo()": (pool, signal) => drain(pool.copyTo("COPY (SELECT 1) TO STDOUT", { signal })),
  "stream()": (pool, signal) => drain(pool.stream("SELECT 1", [], { signal })),
  "ready()": (pool, signal) => pool.ready({ signal }),
  "healthCheck()": (pool, signal) => pool.healthCheck({ signal }),
  "listen()": (pool, signal) => pool.listen("news", () => {}, { signal }).then((listening) => listening.close()),
}

describe.each(DRIVERS)("over %s", (_, driver) => {
  test.each(Object.entries(CALLS))("40 calls of %s add one listener to it, and none when they have ended", async (_call, call) => {
    const { pool } = scene(driver, server, { max: 2, min: 2 })
    const { signal } = new AbortController()
    let most = 0
    const calls = Promise.all(
      Array.from({ length: 40 }, () => {
        const under = call(pool, signal)
        most = Math.max(most, getEventListeners(signal, "abort").length)
        return under
      }),
    )
    const look = setInterval(() => {
      most = Math.max(most, getEventListeners(signal, "abort").length)
    }, 1)
    await calls
    clearInterval(look)
    expect(most).toBe(1)
    expect(getEventListeners(signal, "abort")).toEqual([])
  })
})
