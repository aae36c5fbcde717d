import { pause } from "../../measures/pause.ts"
import { restart } from "../../measures/restart.ts"
import { fails, ok, type Scenario } from "../scenario.ts"
import { hangs } from "../settled.ts"

export const closeWithAllPending: Scenario = {
  title: "close() while connections are borrowed, waited for and being opened",
  expected: "close() and every caller settle, no connection stays",
  async play(stage) {
    const client = await stage.connect({ max: 3 })
    await client.acquire()
    await client.acquire()
    stage.proxy.blackholeNew()
    const waiting = Array.from({ length: 3 }, () => stage.settled(client.query("select 1")))
    await pause(100)
    const closed = await stage.settled(client.close())
    if (closed.state === "pending") return hangs(closed, "close()")
    const callers = await Promise.all(waiting)
    const pending = callers.find(({ state }) => state === "pending")
    if (pending !== undefined) return hangs(pending, `close() ${closed.ms} ms, a caller`)
    const gone = await stage.admin.counts(0, 2_000)
    return gone ? ok(`${closed.ms} ms`) : { outcome: "leaks", detail: `${(await stage.admin.backends()).length} connections left` }
  },
}

export const restartUnderLoad: Scenario = {
  title: "the server restarts (fast, 1 s down) under 10 workers",
  expected: "10 failed calls at most (those in flight), everybody works again",
  alone: true,
  async play({ contestant, server, patienceMs }) {
    const { failed, firstSuccessMs, stuck } = await restart({ ...contestant, server, workers: 10, downMs: 1_000, patienceMs })
    const detail = `${failed} failed, first success ${firstSuccessMs === undefined ? "never" : `${firstSuccessMs} ms after`}`
    if (stuck > 0) return { outcome: "hangs", detail: `${stuck} of 10 workers stuck, ${detail}` }
    return failed <= 10 ? ok(detail) : fails(detail)
  },
}

export const idleExit: Scenario = {
  title: "a program does one query and ends without closing its pool",
  expected: "the process ends by itself within 1 s",
  letsGo: true,
  async play(stage) {
    const client = await stage.connect({ max: 2, direct: true })
    await client.query("select 1")
    return ok("")
  },
}
