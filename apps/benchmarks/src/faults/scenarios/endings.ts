import { pause } from "../../measures/pause.ts"
import { restart } from "../../measures/restart.ts"
import { fails, ok, type Scenario } from "../scenario.ts"
import { hangs } from "../settled.ts"

export const closeWithAllPending: Scenario = {
  title: "close() while connections are borrowed, waited for and being opened",
  expected: "close() and every call settle, no connection stays open",
  async run(context) {
    const client = await context.connect({ max: 3 })
    await client.acquire()
    await client.acquire()
    context.proxy.blackholeNew()
    const waiting = Array.from({ length: 3 }, () => context.settled(client.query("select 1")))
    await pause(100)
    const closed = await context.settled(client.close())
    if (closed.state === "pending") return hangs(closed, "close()")
    const callers = await Promise.all(waiting)
    const pending = callers.find(({ state }) => state === "pending")
    if (pending !== undefined) return hangs(pending, `close() ${closed.ms} ms, a caller`)
    const gone = await context.admin.counts(0, 2_000)
    return gone ? ok(`${closed.ms} ms`) : { outcome: "leaks", detail: `${(await context.admin.backends()).length} connections left` }
  },
}

export const restartUnderLoad: Scenario = {
  title: "the server restarts (fast, 1 s down) under 10 workers",
  expected: "at most 10 failed calls (those in flight), all workers continue",
  exclusive: true,
  async run({ contestant, server, timeoutMs }) {
    const { failed, firstSuccessMs, stuck } = await restart({ ...contestant, server, workers: 10, downMs: 1_000, timeoutMs })
    const detail = `${failed} failed, first success ${firstSuccessMs === undefined ? "never" : `${firstSuccessMs} ms after`}`
    if (stuck > 0) return { outcome: "hangs", detail: `${stuck} of 10 workers stuck, ${detail}` }
    return failed <= 10 ? ok(detail) : fails(detail)
  },
}

export const idleExit: Scenario = {
  title: "a program runs one query and ends without closing its pool",
  expected: "the process ends by itself within 1 s",
  exits: true,
  async run(context) {
    const client = await context.connect({ max: 2, direct: true })
    await client.query("select 1")
    return ok("")
  },
}
