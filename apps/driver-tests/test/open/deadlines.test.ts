import { createConnectionFactory } from "@pgsd/driver/open"
import { describe, expect, test } from "vitest"
import { configOf, failure, lookupOf, scriptedNetwork } from "../support/scripted-network.ts"

const lookup = lookupOf({ one: ["10.0.0.1", "10.0.0.2"], two: ["10.0.1.1"] })

describe("deadlines of opening", () => {
  test("every address has its own connect_timeout", async () => {
    const network = scriptedNetwork(() => "hang")
    const connection = configOf(["one", "two"], { connectTimeoutMs: 60 })
    const started = performance.now()
    const error = await createConnectionFactory({ driver: network.driver, connection, lookup })
      .open()
      .catch((each: unknown) => each)
    const took = performance.now() - started
    expect(error).toMatchObject({ code: "PGSD_CONNECT_TIMEOUT", retryable: true })
    expect(network.attempts).toHaveLength(3)
    expect(took).toBeGreaterThan(3 * 60 - 5)
    expect(took).toBeLessThan(3_000)
  })

  test("the encryption methods of an address share its deadline", async () => {
    const network = scriptedNetwork((target) => (target.encryption === "tls" ? failure("PGSD_TLS_UNSUPPORTED", "tls", target) : "hang"))
    const connection = configOf(["two"], { connectTimeoutMs: 5_000, tls: { mode: "prefer", methods: ["tls", "plain"] } })
    const stop = new AbortController()
    const opening = createConnectionFactory({ driver: network.driver, connection, lookup }).open({ signal: stop.signal })
    await expect.poll(() => network.targets.length).toBe(2)
    const [first, second] = network.targets.map((target) => target.connectTimeoutMs!)
    expect(second).toBeLessThanOrEqual(first!)
    expect(first).toBeLessThanOrEqual(5_000)
    stop.abort(new Error("seen enough"))
    await expect(opening).rejects.toThrow("seen enough")
  })

  test("an unresponsive resolver is abandoned after connect_timeout, and the next host is tried", async () => {
    const network = scriptedNetwork(() => ({}))
    const silent = ((name: string, options: never, callback: never) =>
      name === "two" ? (lookup as CallableFunction)(name, options, callback) : undefined) as typeof lookup
    const connection = configOf(["one", "two"], { connectTimeoutMs: 50 })
    const opened = await createConnectionFactory({ driver: network.driver, connection, lookup: silent }).open()
    expect(network.attempts).toEqual(["two[10.0.1.1] plain"])
    await opened.close()
  })

  test("a lookup that used up the host's time, as in a frozen process, leaves one attempt and an error that says so", async () => {
    const frozen = ((name: string, options: never, callback: never) => {
      const end = performance.now() + 30
      while (performance.now() < end);
      ;(lookup as CallableFunction)(name, options, callback)
    }) as typeof lookup
    const options = { connection: configOf(["two"]), lookup: frozen, hostTimeoutMs: 10 }
    const silent = scriptedNetwork(() => "hang")
    await expect(createConnectionFactory({ driver: silent.driver, ...options }).open()).rejects.toMatchObject({
      code: "PGSD_CONNECT_TIMEOUT",
      retryable: true,
    })
    expect(silent.attempts).toEqual(["two[10.0.1.1] plain"])
    const answering = scriptedNetwork(() => ({}))
    await (await createConnectionFactory({ driver: answering.driver, ...options }).open()).close()
  })

  test("a deadline beyond Node's timers is unlimited, for the lookup too", async () => {
    const network = scriptedNetwork(() => ({}))
    const slow = ((...args: unknown[]) => setTimeout(() => (lookup as CallableFunction)(...args), 30)) as unknown as typeof lookup
    const connection = configOf(["two"], { connectTimeoutMs: 3e9 })
    await (await createConnectionFactory({ driver: network.driver, connection, lookup: slow }).open()).close()
  })

  test("the budget is known before names are resolved: two addresses per name", () => {
    const { driver } = scriptedNetwork(() => ({}))
    const budget = (hosts: Parameters<typeof configOf>[0], overrides: Parameters<typeof configOf>[1] = {}) =>
      createConnectionFactory({ driver, connection: configOf(hosts, { connectTimeoutMs: 1_000, ...overrides }) }).connectBudgetMs
    // Plus the delay before the second is dialled.
    expect(budget(["one"])).toBe(2_250)
    expect(budget(["one", "two"])).toBe(4_500)
    expect(budget([{ kind: "tcp", address: "10.0.0.1", port: 1 }])).toBe(1_000)
    expect(budget([{ kind: "unix", directory: "/x", port: 1, path: "/x/.s.PGSQL.1" }])).toBe(1_000)
    expect(budget(["one"], { targetSessionAttrs: "prefer-standby" })).toBe(4_500)
  })
})

describe("aborting", () => {
  test.each(["an attempt", "the look-up"])("during %s rejects with the reason and makes no further attempt", async (moment) => {
    const network = scriptedNetwork(() => "hang")
    const never = (() => {}) as unknown as typeof lookup
    const connection = configOf(["one", "two"])
    const factory = createConnectionFactory({ driver: network.driver, connection, lookup: moment === "the look-up" ? never : lookup })
    const stop = new AbortController()
    const opening = factory.open({ signal: stop.signal })
    const reason = new Error("changed my mind")
    setImmediate(() => stop.abort(reason))
    await expect(opening).rejects.toBe(reason)
    expect(network.attempts.length).toBeLessThanOrEqual(1)
    expect(network.fake.leaks()).toEqual([])
  })

  test("before it began makes no attempt", async () => {
    const network = scriptedNetwork(() => ({}))
    const factory = createConnectionFactory({ driver: network.driver, connection: configOf(["one"]), lookup })
    await expect(factory.open({ signal: AbortSignal.abort("no") })).rejects.toBe("no")
    expect(network.attempts).toEqual([])
  })
})
