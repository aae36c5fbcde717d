import { pause } from "../../measures/pause.ts"
import { fails, ok, type Scenario, type ScenarioContext } from "../scenario.ts"
import { expectSuccess, hangs, reason } from "../settled.ts"

/** Time for the client to notice the loss, or to crash. */
const DETECTION_MS = 300

export const killIdle: Scenario = {
  title: "an idle connection's backend is killed",
  expected: "the process lives, the next query succeeds",
  async run(context) {
    const client = await context.connect({ max: 2 })
    await client.query("select 1")
    await kill(context)
    return expectSuccess(await context.settled(client.query("select 1")), "next query")
  },
}

export const killBorrowed: Scenario = {
  title: "a borrowed connection's backend is killed between queries",
  expected: "the borrower's next query rejects, the pool's next one succeeds",
  async run(context) {
    const client = await context.connect({ max: 1 })
    const borrowed = await client.acquire()
    await borrowed.query("select 1")
    await kill(context)
    const lost = await context.settled(borrowed.query("select 1"))
    if (lost.state === "pending") return hangs(lost, "the borrower's query")
    if (lost.state === "resolved") return fails("the borrower's session was replaced silently")
    borrowed.release(lost.error)
    return expectSuccess(await context.settled(client.query("select 1")), "next query")
  },
}

export const killInFlight: Scenario = {
  title: "a backend is killed while its query runs",
  expected: "that query rejects, the next one succeeds",
  async run(context) {
    const client = await context.connect({ max: 1 })
    await client.query("select 1")
    const running = context.settled(client.query("select pg_sleep(60)"))
    await pause(100)
    await kill(context)
    const lost = await running
    if (lost.state === "pending") return hangs(lost, "the query")
    if (lost.state === "resolved") return fails("the query succeeded")
    const next = expectSuccess(await context.settled(client.query("select 1")), "next query")
    return next.outcome === "ok" ? ok(`${reason(lost.error)}, ${next.detail}`) : next
  },
}

async function kill({ admin }: ScenarioContext): Promise<void> {
  await admin.terminateAll()
  await admin.counts(0, 5_000)
  await pause(DETECTION_MS)
}
