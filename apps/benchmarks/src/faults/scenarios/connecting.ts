import { pause } from "../../measures/pause.ts"
import { fails, ok, type Scenario } from "../scenario.ts"
import { hangs, reason } from "../settled.ts"

export const wrongPassword: Scenario = {
  title: "wrong password, 10 callers",
  expected: "all are told the SQLSTATE within 1 s, by 10 attempts at most",
  async play(stage) {
    const client = await stage.connect({ max: 10, password: "wrong" })
    const all = await Promise.all(Array.from({ length: 10 }, () => stage.settled(client.query("select 1"))))
    const { accepted } = stage.proxy
    const slowest = all.reduce((a, b) => (a.ms > b.ms ? a : b))
    if (slowest.state !== "rejected") return slowest.state === "pending" ? hangs(slowest, "a caller") : fails("a query succeeded")
    const detail = `${reason(slowest.error)}, ${slowest.ms} ms, ${accepted} attempts`
    const told = all.every((each) => each.state === "rejected" && reason(each.error) === "28P01")
    return told && slowest.ms < 1_000 && accepted <= 10 ? ok(detail) : fails(detail)
  },
}

export const acceptThenClose: Scenario = {
  title: "the server accepts and hangs up for 3 s, 20 callers; then it recovers",
  expected: "20 attempts at most, and callers who can wait that long are served",
  async play(stage) {
    const client = await stage.connect({ max: 10 })
    stage.proxy.acceptThenClose()
    const callers = Array.from({ length: 20 }, () => stage.settled(client.query("select 1")))
    await pause(3_000)
    const { accepted } = stage.proxy
    await stage.proxy.pass()
    const all = await Promise.all(callers)
    const attempts = `${accepted} attempts`
    const pending = all.find(({ state }) => state === "pending")
    if (accepted > 200) return { outcome: "storms", detail: attempts }
    if (pending !== undefined) return hangs(pending, "a caller")
    const failed = all.filter(({ state }) => state === "rejected").length
    return failed === 0 && accepted <= 20 ? ok(`${attempts}, all served`) : fails(`${attempts}, ${failed} of 20 failed`)
  },
}

export const tooManyConnections: Scenario = {
  title: "the server grants 3 connections (53300 for more), pool of 10, 30 queries",
  expected: "all are served over the 3",
  async play(stage) {
    const user = `limited_${process.pid}`
    await stage.admin.sql(`create role ${user} login password 'secret' connection limit 3`)
    const client = await stage.connect({ max: 10, user, password: "secret" })
    await client.query("select 1")
    const all = await Promise.all(Array.from({ length: 30 }, () => stage.settled(client.query("select pg_sleep(0.05)"))))
    const pending = all.find(({ state }) => state === "pending")
    if (pending !== undefined) return hangs(pending, "a query")
    const failed = all.filter((each) => each.state === "rejected")
    const [first] = failed
    if (first?.state === "rejected") return fails(`${failed.length} of 30 failed: ${reason(first.error)}`)
    return ok(`30 of 30, ${Math.max(...all.map(({ ms }) => ms))} ms`)
  },
}
