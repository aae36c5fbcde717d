import { pause } from "../../measures/pause.ts"
import { fails, ok, type Scenario, type Stage } from "../scenario.ts"
import { hangs, reason, successWanted } from "../settled.ts"

/** How long the news of a loss may take to arrive; a crash comes within it, too. */
const NEWS_MS = 300

export const killIdle: Scenario = {
  title: "an idle connection's backend is killed",
  expected: "the process lives, the next query succeeds",
  async play(stage) {
    const client = await stage.connect({ max: 2 })
    await client.query("select 1")
    await kill(stage)
    return successWanted(await stage.settled(client.query("select 1")), "next query")
  },
}

export const killBorrowed: Scenario = {
  title: "a borrowed connection's backend is killed between queries",
  expected: "the borrower's next query rejects, the pool's next one succeeds",
  async play(stage) {
    const client = await stage.connect({ max: 1 })
    const borrowed = await client.acquire()
    await borrowed.query("select 1")
    await kill(stage)
    const lost = await stage.settled(borrowed.query("select 1"))
    if (lost.state === "pending") return hangs(lost, "the borrower's query")
    if (lost.state === "resolved") return fails("the borrower's session was replaced behind his back")
    borrowed.release(lost.error)
    return successWanted(await stage.settled(client.query("select 1")), "next query")
  },
}

export const killInFlight: Scenario = {
  title: "a backend is killed while its query runs",
  expected: "that query rejects, the next one succeeds",
  async play(stage) {
    const client = await stage.connect({ max: 1 })
    await client.query("select 1")
    const running = stage.settled(client.query("select pg_sleep(60)"))
    await pause(100)
    await kill(stage)
    const lost = await running
    if (lost.state === "pending") return hangs(lost, "the query")
    if (lost.state === "resolved") return fails("the query succeeded")
    const next = successWanted(await stage.settled(client.query("select 1")), "next query")
    return next.outcome === "ok" ? ok(`${reason(lost.error)}, ${next.detail}`) : next
  },
}

async function kill({ admin }: Stage): Promise<void> {
  await admin.terminateAll()
  await admin.counts(0, 5_000)
  await pause(NEWS_MS)
}
