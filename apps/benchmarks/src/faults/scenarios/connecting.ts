import { pause } from "../../measures/pause.ts"
import { fails, ok, type Scenario } from "../scenario.ts"
import { hangs, reason } from "../settled.ts"

export const wrongPassword: Scenario = {
  title: "wrong password, 10 callers",
  expected: "all get the SQLSTATE within 1 s, after at most 10 attempts",
  async run(context) {
    const client = await context.connect({ max: 10, password: "wrong" })
    const all = await Promise.all(Array.from({ length: 10 }, () => context.settled(client.query("select 1"))))
    const { accepted } = context.proxy
    const slowest = all.reduce((a, b) => (a.ms > b.ms ? a : b))
    if (slowest.state !== "rejected") return slowest.state === "pending" ? hangs(slowest, "a caller") : fails("a query succeeded")
    const detail = `${reason(slowest.error)}, ${slowest.ms} ms, ${accepted} attempts`
    const correct = all.every((each) => each.state === "rejected" && reason(each.error) === "28P01")
    return correct && slowest.ms < 1_000 && accepted <= 10 ? ok(detail) : fails(detail)
  },
}

export const acceptThenClose: Scenario = {
  title: "the server accepts and closes connections at once for 3 s, 20 callers; then it recovers",
  expected: "at most 20 attempts, and callers whose timeout allows it are served",
  async run(context) {
    const client = await context.connect({ max: 10 })
    context.proxy.acceptThenClose()
    const callers = Array.from({ length: 20 }, () => context.settled(client.query("select 1")))
    await pause(3_000)
    const { accepted } = context.proxy
    await context.proxy.pass()
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
  title: "the server allows 3 connections (53300 beyond), pool of 10, 30 queries",
  expected: "all are served over those 3",
  async run(context) {
    const user = `limited_${process.pid}`
    await context.admin.sql(`create role ${user} login password 'secret' connection limit 3`)
    const client = await context.connect({ max: 10, user, password: "secret" })
    await client.query("select 1")
    const all = await Promise.all(Array.from({ length: 30 }, () => context.settled(client.query("select pg_sleep(0.05)"))))
    const pending = all.find(({ state }) => state === "pending")
    if (pending !== undefined) return hangs(pending, "a query")
    const failed = all.filter((each) => each.state === "rejected")
    const [first] = failed
    if (first?.state === "rejected") return fails(`${failed.length} of 30 failed: ${reason(first.error)}`)
    return ok(`30 of 30, ${Math.max(...all.map(({ ms }) => ms))} ms`)
  },
}
