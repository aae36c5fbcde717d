import { pause } from "../../measures/pause.ts"
import { fails, ok, type Scenario } from "../scenario.ts"
import { hangs, reason, successWanted } from "../settled.ts"

/** Longer than a connection may be idle before @pgsd/pool asks it; used sooner, it would be trusted. */
const IDLE_MS = 1_500

export const blackholedConnect: Scenario = {
  title: "connecting is never answered; then the network heals",
  expected: "a caller is told in finite time, and the first call after healing succeeds",
  async play(stage) {
    const client = await stage.connect({ max: 1 })
    stage.proxy.blackholeNew()
    const first = await stage.settled(client.query("select 1"))
    if (first.state === "pending") return hangs(first, "query")
    await stage.proxy.pass()
    const next = await stage.settled(client.query("select 1"))
    const outcome = successWanted(next, "healed")
    return outcome.outcome === "ok" ? ok(`told after ${first.ms} ms, ${outcome.detail}`) : outcome
  },
}

export const halfOpen: Scenario = {
  title: `an idle connection is dead but not closed (half-open); next query after ${IDLE_MS} ms`,
  expected: "the query succeeds on another connection",
  async play(stage) {
    const client = await stage.connect({ max: 2 })
    await client.query("select 1")
    stage.proxy.blackholeOpen()
    await pause(IDLE_MS)
    return successWanted(await stage.settled(client.query("select 1")), "query")
  },
}

export const stoppedBackend: Scenario = {
  title: `an idle connection's backend is stopped (SIGSTOP); next query after ${IDLE_MS} ms`,
  expected: "the query succeeds on another connection",
  async play(stage) {
    const client = await stage.connect({ max: 2 })
    await client.query("select 1")
    for (const pid of await stage.admin.backends()) process.kill(pid, "SIGSTOP")
    await pause(IDLE_MS)
    return successWanted(await stage.settled(client.query("select 1")), "query")
  },
}

export const givenUpInSilence: Scenario = {
  title: "the network stops while a query is given up after 200 ms",
  expected: "the caller is told within 1 s",
  async play(stage) {
    const client = await stage.connect({ max: 1 })
    await client.query("select 1")
    if (client.giveUp === undefined) return { outcome: "no means", detail: "" }
    stage.proxy.blackholeOpen()
    const settled = await stage.settled(client.giveUp("select 1", 200))
    if (settled.state === "pending") return hangs(settled, "query")
    if (settled.state === "resolved") return fails("the query succeeded")
    return settled.ms < 1_000 ? ok(`told after ${settled.ms} ms`) : fails(`${reason(settled.error)} after ${settled.ms} ms`)
  },
}
