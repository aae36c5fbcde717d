import { pause } from "../../measures/pause.ts"
import { fails, ok, type Scenario } from "../scenario.ts"
import { expectSuccess, hangs, reason } from "../settled.ts"

export const useAfterRelease: Scenario = {
  title: "a released connection is used again, in the next borrower's transaction",
  expected: "the call rejects",
  async run(context) {
    const client = await context.connect({ max: 1 })
    const first = await client.acquire()
    await first.query("select 1")
    first.release()
    const second = await client.acquire()
    await second.query("begin")
    const stray = await context.settled(capture(() => first.query("create table stray_of_another (a int)")))
    const seen = await second.query("select to_regclass('stray_of_another') is not null as found")
    if (seen[0]?.found === true) return { outcome: "leaks", detail: "ran inside the other borrower's transaction" }
    return stray.state === "rejected" ? ok(reason(stray.error)) : fails(stray.state)
  },
}

export const releasedInTransaction: Scenario = {
  title: "a connection is released in an open transaction",
  expected: "the next borrower gets a session without a transaction",
  async run(context) {
    const client = await context.connect({ max: 1 })
    const first = await client.acquire()
    await first.query("begin")
    await first.query("select pg_current_xact_id()")
    first.release()
    const second = await context.settled(client.acquire())
    if (second.state !== "resolved") return fails(`next acquire ${second.state}`)
    const rows = await second.value.query("select pg_current_xact_id_if_assigned() is not null as open")
    return rows[0]?.open === false ? ok("rolled back") : { outcome: "leaks", detail: "the transaction is still open" }
  },
}

export const forgottenRelease: Scenario = {
  title: "the only connection is never released",
  expected: "the next caller gets an error in finite time",
  async run(context) {
    const client = await context.connect({ max: 1 })
    await client.acquire()
    const next = await context.settled(client.acquire())
    if (next.state === "pending") return hangs(next, "acquire")
    if (next.state === "resolved") return fails("two borrowers of one connection")
    return ok(`${reason(next.error)} after ${next.ms} ms`)
  },
}

export const nestedAcquire: Scenario = {
  title: "every holder of a connection asks for another one (max 2)",
  expected: "an error within 1 s that names the deadlock",
  async run(context) {
    const client = await context.connect({ max: 2 })
    const holder = () =>
      client.holding(async () => {
        await pause(50)
        await client.query("select 1")
      })
    const all = await Promise.all([context.settled(holder()), context.settled(holder())])
    const pending = all.find(({ state }) => state === "pending")
    if (pending !== undefined) return hangs(pending, "both")
    const refused = all.filter((each) => each.state === "rejected")
    const slowest = Math.max(...all.map(({ ms }) => ms))
    const [first] = refused
    const detail = `${first?.state === "rejected" ? reason(first.error) : "both served"}, ${slowest} ms`
    return slowest < 1_000 ? ok(detail) : fails(detail)
  },
}

export const releasedTwice: Scenario = {
  title: "a connection is released twice (max 1)",
  expected: "never two borrowers of one connection",
  async run(context) {
    const client = await context.connect({ max: 1 })
    const first = await client.acquire()
    await first.query("select 1")
    first.release()
    const second = await client.acquire()
    const again = await capture(async () => first.release()).then(
      () => "ignored",
      (error: Error) => reason(error),
    )
    const third = client.acquire()
    const served = await Promise.race([third.then(() => true), pause(300).then(() => false)])
    if (served) return { outcome: "leaks", detail: "two borrowers of one connection" }
    second.release()
    void third.then((borrowed) => borrowed.release())
    return expectSuccess(await context.settled(client.query("select 1")), `${again}; next query`)
  },
}

// Some pools throw synchronously, which counts as a rejection.
async function capture<T>(call: () => T | Promise<T>): Promise<T> {
  return call()
}
