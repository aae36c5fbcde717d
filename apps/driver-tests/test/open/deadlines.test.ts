import type { Driver } from "@pgsd/driver"
import { createConnectionFactory } from "@pgsd/driver/open"
import { fakeDriver } from "@pgsd/testing"
import { describe, expect, onTestFinished, test, vi } from "vitest"
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

  test("a driver that does not keep its deadline is given up a second later, and a connection that still comes is closed", async () => {
    const network = scriptedNetwork(() => ({}))
    const { connect } = network.driver
    let late = () => {}
    const deaf: typeof connect = (target, options) =>
      target!.host === "one" ? new Promise((resolve) => (late = () => resolve(connect(target)))) : connect(target, options)
    const driver = { ...network.driver, connect: deaf }
    const connection = configOf([{ kind: "tcp", name: "one", address: "10.0.0.1", port: 1 }, "two"], { connectTimeoutMs: 20 })
    const opened = await createConnectionFactory({ driver, connection, lookup }).open()
    expect(opened.info.host).toBe("two")
    await opened.close()
    late()
    await expect.poll(() => network.fake.counts.closed).toBe(2)
    expect(network.fake.leaks()).toEqual([])
  })

  test.each([
    [{ kind: "unix", directory: "/run/postgresql", port: 5433, path: "/run/postgresql/.s.PGSQL.5433" }, "/run/postgresql/.s.PGSQL.5433"],
    [{ kind: "tcp", name: "::1", port: 5433 }, "[::1]:5433"],
  ] as const)("its error names the place as every other: %j", async (host, where) => {
    const connection = { ...configOf([host], { connectTimeoutMs: 20 }), label: "app" }
    const driver: Driver = { ...scriptedNetwork(() => ({})).driver, connect: () => new Promise(() => {}) }
    await expect(createConnectionFactory({ driver, connection, lookup }).open()).rejects.toMatchObject({
      code: "PGSD_CONNECT_TIMEOUT",
      message: expect.stringContaining(`app (${where}): the driver gave no connection within`),
      label: "app",
    })
  })

  test("a driver without a network has connectTimeoutMs to open its database", async () => {
    const driver = fakeDriver({ supports: { concurrency: "one" } })
    driver.delayConnects(Number.POSITIVE_INFINITY)
    const started = performance.now()
    await expect(createConnectionFactory({ driver, connectTimeoutMs: 30 }).open()).rejects.toMatchObject({
      code: "PGSD_CONNECT_TIMEOUT",
      message: "fake: the driver gave no connection within 30 ms",
      retryable: true,
    })
    expect(performance.now() - started).toBeLessThan(3_000)
  })

  test.each([
    ["as long as a search may take", undefined, ["two[10.0.1.1] plain"]],
    ["for hostRecheckMs", 10_000, ["one[10.0.0.1] plain", "two[10.0.1.1] plain"]],
  ])("an unresponsive host is tried last %s", async (_, hostRecheckMs, expected) => {
    const network = scriptedNetwork((target) => (target.host === "one" ? failure("PGSD_CONNECT_TIMEOUT", "tcp", target) : {}))
    const connection = configOf([{ kind: "tcp", name: "one", address: "10.0.0.1", port: 1 }, "two"], { connectTimeoutMs: 31_000 })
    const factory = createConnectionFactory({ driver: network.driver, connection, lookup, hostRecheckMs })
    await (await factory.open()).close()
    const now = performance.now()
    // One search over an address and a name, which counts as two, may take 93 s and the delay before the name's second address.
    vi.spyOn(performance, "now").mockImplementation(() => now + 90_000)
    onTestFinished(() => void vi.restoreAllMocks())
    network.attempts.length = 0
    await (await factory.open()).close()
    expect(network.attempts).toEqual(expected)
  })
})

describe("aborting", () => {
  test.each(["an attempt", "the lookup"])("during %s rejects with the reason and makes no further attempt", async (moment) => {
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
