import { pause } from "../../measures/pause.ts"
import { fails, ok, type Scenario } from "../scenario.ts"
import { expectSuccess, hangs, reason } from "../settled.ts"

/** Over `validateAfterMs` of @pgsd/pool, which does not check a connection used sooner. */
const IDLE_MS = 1_500

export const blackholedConnect: Scenario = {
  title: "connection attempts get no answer; then the network recovers",
  expected: "the caller gets an error in finite time, and the first call after the recovery succeeds",
  async run(context) {
    const client = await context.connect({ max: 1 })
    context.proxy.blackholeNew()
    const first = await context.settled(client.query("select 1"))
    if (first.state === "pending") return hangs(first, "query")
    await context.proxy.pass()
    const next = await context.settled(client.query("select 1"))
    const outcome = expectSuccess(next, "next query")
    return outcome.outcome === "ok" ? ok(`rejected after ${first.ms} ms, ${outcome.detail}`) : outcome
  },
}

export const halfOpen: Scenario = {
  title: `an idle connection is dead but not closed (half-open); next query after ${IDLE_MS} ms`,
  expected: "the query succeeds on another connection",
  async run(context) {
    const client = await context.connect({ max: 2 })
    await client.query("select 1")
    context.proxy.blackholeOpen()
    await pause(IDLE_MS)
    return expectSuccess(await context.settled(client.query("select 1")), "query")
  },
}

export const stoppedBackend: Scenario = {
  title: `an idle connection's backend is stopped (SIGSTOP); next query after ${IDLE_MS} ms`,
  expected: "the query succeeds on another connection",
  async run(context) {
    const client = await context.connect({ max: 2 })
    await client.query("select 1")
    for (const pid of await context.admin.backends()) process.kill(pid, "SIGSTOP")
    await pause(IDLE_MS)
    return expectSuccess(await context.settled(client.query("select 1")), "query")
  },
}

export const timeoutWhileBlackholed: Scenario = {
  title: "the network stops responding; a query with a timeout of 200 ms",
  expected: "the query rejects within 1 s",
  async run(context) {
    const client = await context.connect({ max: 1 })
    await client.query("select 1")
    if (client.queryWithTimeout === undefined) return { outcome: "no means", detail: "" }
    context.proxy.blackholeOpen()
    const settled = await context.settled(client.queryWithTimeout("select 1", 200))
    if (settled.state === "pending") return hangs(settled, "query")
    if (settled.state === "resolved") return fails("the query succeeded")
    return settled.ms < 1_000 ? ok(`rejected after ${settled.ms} ms`) : fails(`${reason(settled.error)} after ${settled.ms} ms`)
  },
}
