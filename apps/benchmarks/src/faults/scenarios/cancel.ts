import { fails, ok, type Scenario } from "../scenario.ts"
import { hangs, reason } from "../settled.ts"

const ROUNDS = 20

export const abortThenNext: Scenario = {
  title: "a query of 3 s is given up after 200 ms; the next one follows at once",
  expected: "both within 1 s, and the first stopped on the server",
  async play(stage) {
    const client = await stage.connect({ max: 1 })
    await client.query("select 1")
    if (client.giveUp === undefined) return { outcome: "no means", detail: "" }
    const given = await stage.settled(client.giveUp("select pg_sleep(3)", 200))
    if (given.state === "pending") return hangs(given, "query")
    if (given.state === "resolved") return fails(`not given up: ${given.ms} ms`)
    const next = await stage.settled(client.query("select 1"))
    if (next.state === "pending") return hangs(next, "next query")
    if (await stage.admin.runs("pg_sleep(3)")) return fails("it goes on on the server")
    const detail = `given up after ${given.ms} ms, next query ${next.state === "rejected" ? reason(next.error) : `${next.ms} ms`}`
    return next.state === "resolved" && given.ms < 1_000 && next.ms < 1_000 ? ok(detail) : fails(detail)
  },
}

export const strayCancels: Scenario = {
  title: `${ROUNDS} queries given up as they end, each followed by another on the same connection`,
  expected: "no cancel hits the query that follows",
  async play(stage) {
    const client = await stage.connect({ max: 1 })
    await client.query("select 1")
    if (client.giveUp === undefined) return { outcome: "no means", detail: "" }
    let hit = 0
    for (let round = 0; round < ROUNDS; round++) {
      await stage.settled(client.giveUp("select pg_sleep(0.02)", 18 + (round % 4)))
      const next = await stage.settled(client.query("select pg_sleep(0.02)"))
      if (next.state === "pending") return hangs(next, "a query")
      if (next.state === "rejected") hit++
    }
    return hit === 0 ? ok(`0 of ${ROUNDS}`) : { outcome: "leaks", detail: `${hit} of ${ROUNDS} hit` }
  },
}
