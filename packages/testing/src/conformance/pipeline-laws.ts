import assert from "node:assert/strict"
import type { LawFamily } from "./law.ts"
import { rejection } from "./waiting.ts"

const NUMBERS = Array.from({ length: 10 }, (_, index) => index)

export const pipelineLaws: LawFamily = {
  name: "several queries at once",
  laws: [
    {
      name: "queries issued without awaiting are answered in order",
      check: async (bench) => {
        const connection = await bench.connect()
        const order: number[] = []
        const queries = NUMBERS.map((n) =>
          connection.query("SELECT $1::int4 AS n", [n]).then(({ rows }) => {
            order.push(n)
            return rows[0]?.n
          }),
        )
        assert.deepEqual(await Promise.all(queries), NUMBERS)
        assert.deepEqual(order, NUMBERS)
      },
    },
    {
      name: "an error among them affects only its own query",
      check: async (bench) => {
        const connection = await bench.connect()
        const before = connection.query("SELECT $1::int4 AS n", [1])
        const failing = rejection(connection.query("SELECT pgsd_missing", []), "an unknown column")
        const simple = connection.query("SELECT 2 AS n")
        const after = connection.query("SELECT $1::int4 AS n", [3])
        assert.equal(((await failing) as { sqlState?: unknown }).sqlState, "42703")
        assert.deepEqual(
          (await Promise.all([before, simple, after])).map(({ rows }) => rows[0]?.n),
          [1, 2, 3],
        )
        assert.equal(connection.status, "idle")
      },
    },
    {
      name: "a query is one round trip, with parameters and prepared too",
      needs: ["network", "pipeline"],
      check: async (bench) => {
        const { proxy, target } = await bench.proxied()
        const connection = await bench.connect(target)
        const trips = async (params?: readonly unknown[], prepare = false) => {
          const before = proxy.roundTrips
          await connection.query(params === undefined ? "SELECT 1 AS n" : "SELECT $1::int4 AS n", params, { prepare })
          return proxy.roundTrips - before
        }
        assert.equal(await trips(), 1, "a simple query")
        assert.equal(await trips([1]), 1, "a query with parameters")
        assert.equal(await trips([2]), 1, "the same again")
        assert.equal(await trips([3], true), 1, "a prepared query, the first time")
        assert.equal(await trips([4], true), 1, "a prepared query, the second time")
      },
    },
    {
      name: "ten queries issued without awaiting share a round trip",
      needs: ["network", "pipeline"],
      check: async (bench) => {
        const { proxy, target } = await bench.proxied()
        const connection = await bench.connect(target)
        await connection.query("SELECT $1::int4 AS n", [0])
        proxy.latency(60)
        const before = proxy.roundTrips
        const started = performance.now()
        await Promise.all(NUMBERS.map((n) => connection.query("SELECT $1::int4 AS n", [n])))
        const elapsedMs = performance.now() - started
        assert.ok(proxy.roundTrips - before < 4, `${proxy.roundTrips - before} round trips for ten queries`)
        assert.ok(elapsedMs < 5 * 60, `ten queries took ${Math.round(elapsedMs)} ms at 60 ms a round trip`)
      },
    },
  ],
}
