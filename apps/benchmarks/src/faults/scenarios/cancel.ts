import { fails, ok, type Scenario } from "../scenario.ts"
import { hangs, reason } from "../settled.ts"

const ROUNDS = 20

export const timeoutThenNext: Scenario = {
  title: "a query of 3 s times out after 200 ms; the next one follows at once",
  expected: "both settle within 1 s, and the first is stopped on the server",
  async run(context) {
    const client = await context.connect({ max: 1 })
    await client.query("select 1")
    if (client.queryWithTimeout === undefined) return { outcome: "no means", detail: "" }
    const first = await context.settled(client.queryWithTimeout("select pg_sleep(3)", 200))
    if (first.state === "pending") return hangs(first, "query")
    if (first.state === "resolved") return fails(`not stopped: ${first.ms} ms`)
    const next = await context.settled(client.query("select 1"))
    if (next.state === "pending") return hangs(next, "next query")
    if (await context.admin.runs("pg_sleep(3)")) return fails("it still runs on the server")
    const detail = `rejected after ${first.ms} ms, next query ${next.state === "rejected" ? reason(next.error) : `${next.ms} ms`}`
    return next.state === "resolved" && first.ms < 1_000 && next.ms < 1_000 ? ok(detail) : fails(detail)
  },
}

export const lateCancels: Scenario = {
  title: `${ROUNDS} queries that time out as they end, each followed by another on the same connection`,
  expected: "no cancel hits the query that follows",
  async run(context) {
    const client = await context.connect({ max: 1 })
    await client.query("select 1")
    if (client.queryWithTimeout === undefined) return { outcome: "no means", detail: "" }
    let hit = 0
    for (let round = 0; round < ROUNDS; round++) {
      await context.settled(client.queryWithTimeout("select pg_sleep(0.02)", 18 + (round % 4)))
      const next = await context.settled(client.query("select pg_sleep(0.02)"))
      if (next.state === "pending") return hangs(next, "a query")
      if (next.state === "rejected") hit++
    }
    return hit === 0 ? ok(`0 of ${ROUNDS}`) : { outcome: "leaks", detail: `${hit} of ${ROUNDS} hit` }
  },
}
