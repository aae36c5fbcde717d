import { subscribe, unsubscribe } from "node:diagnostics_channel"
import { inspect } from "node:util"
import { type ConnectionConfig, DatabaseConnectionError, secret, type Target } from "@pgsd/driver"
import { ConnectAttemptsError, createConnectionFactory } from "@pgsd/driver/open"
import { fakeDriver } from "@pgsd/testing"
import { describe, expect, test } from "vitest"
import { configOf, failure, lookupOf, scriptedNetwork } from "../support/scripted-network.ts"

const lookup = lookupOf({ one: ["10.0.0.1", "10.0.0.2"], two: ["10.0.1.1"] })

describe("the error of opening", () => {
  test("with one attempt is that attempt's error", async () => {
    const only = failure("PGSD_CONNECTION_REFUSED", "tcp")
    const network = scriptedNetwork(() => only)
    const factory = createConnectionFactory({ driver: network.driver, connection: configOf(["two"]), lookup })
    await expect(factory.open()).rejects.toBe(only)
  })

  test("with several names every host, address and method, and keeps each error", async () => {
    const outcome = (target: Target) =>
      target.host === "two"
        ? failure("PGSD_SERVER_NOT_READY", "startup", target, "57P03")
        : failure("PGSD_CONNECTION_REFUSED", "tcp", target)
    const network = scriptedNetwork(outcome)
    const connection = configOf(["one", "two"], { label: "source", password: async () => secret("s3cret-word") })
    const error: unknown = await createConnectionFactory({ driver: network.driver, connection, lookup })
      .open()
      .catch((each: unknown) => each)
    expect(error).toBeInstanceOf(ConnectAttemptsError)
    expect(error).toBeInstanceOf(DatabaseConnectionError)
    const failed = error as ConnectAttemptsError
    expect(failed.code).toBe("PGSD_NO_HOST_AVAILABLE")
    expect(failed.label).toBe("source")
    expect(failed.attempts.map((each) => [each.host, each.address, each.error.code])).toEqual([
      ["one", "10.0.0.1", "PGSD_CONNECTION_REFUSED"],
      ["one", "10.0.0.2", "PGSD_CONNECTION_REFUSED"],
      ["two", "10.0.1.1", "PGSD_SERVER_NOT_READY"],
    ])
    for (const text of ["source", "3 attempts", "one:5432", "10.0.0.2", "two:5432", "not encrypted"]) expect(failed.message).toContain(text)
    expect(inspect(error, { depth: 9, showHidden: true }) + JSON.stringify(error)).not.toContain("s3cret-word")
  })

  test("has the code of the last attempt if that ended the search", async () => {
    const network = scriptedNetwork((target) =>
      target.host === "one" ? failure("PGSD_CONNECTION_REFUSED", "tcp", target) : failure("PGSD_AUTH_FAILED", "auth", target, "28P01"),
    )
    const factory = createConnectionFactory({ driver: network.driver, connection: configOf(["one", "two"]), lookup })
    await expect(factory.open()).rejects.toMatchObject({ code: "PGSD_AUTH_FAILED", sqlState: "28P01", phase: "auth" })
  })

  const prefer = { mode: "prefer", methods: ["tls", "plain"] } as const
  const allow = { mode: "allow", methods: ["plain", "tls"] } as const
  const notThatWay = (target: Target) => failure("PGSD_AUTH_FAILED", "auth", target, "28000")
  test.each<[what: string, tls: typeof prefer | typeof allow, first: Parameters<typeof failure>, code: string, retryable: boolean]>([
    ["a wrong password", prefer, ["PGSD_AUTH_FAILED", "auth", undefined, "28P01"], "PGSD_AUTH_FAILED", false],
    ["no free place", prefer, ["PGSD_TOO_MANY_CONNECTIONS", "startup", undefined, "53300"], "PGSD_TOO_MANY_CONNECTIONS", true],
    ["a shutdown", allow, ["PGSD_CONNECTION_LOST", "auth", undefined, "57P01"], "PGSD_CONNECTION_LOST", true],
  ])("%s is the answer, not that the server refuses the other way of connecting", async (_what, tls, first, code, retryable) => {
    for (const refusedFirst of [false, true]) {
      let attempt = 0
      const telling = Object.assign(failure(...first), { retryable })
      const network = scriptedNetwork((target) => (attempt++ === (refusedFirst ? 0 : 1) ? notThatWay(target) : telling))
      const error = createConnectionFactory({ driver: network.driver, connection: configOf(["two"], { tls }), lookup }).open()
      await expect(error).rejects.toMatchObject({ code, sqlState: first[3], retryable, cause: telling, attempts: [{}, {}] })
    }
  })

  test("verify-full without a name to verify is refused before dialling", async () => {
    const network = scriptedNetwork(() => ({}))
    const tls = { mode: "verify-full", methods: ["tls"], verify: "full" } as const
    const connection = configOf([{ kind: "tcp", address: "10.0.0.1", port: 5432 }], { tls })
    await expect(createConnectionFactory({ driver: network.driver, connection }).open()).rejects.toMatchObject({
      code: "PGSD_INVALID_TARGET",
    })
    expect(network.attempts).toEqual([])
  })
})

describe("options that can never work are refused when the factory is created", () => {
  const { driver } = scriptedNetwork(() => ({}))
  const literal = { host: "h", user: "u" }
  test.each<[what: string, options: () => unknown, code: string, text: RegExp]>([
    ["no driver", () => ({ connection: literal }), "PGSD_INVALID_OPTION", /needs a driver/],
    ["no connection", () => ({ driver }), "PGSD_INVALID_OPTION", /needs a connection/],
    ["an unknown option", () => ({ driver, connection: literal, lookUp: 1 }), "PGSD_INVALID_OPTION", /unknown .*"lookUp"/],
    ["an unknown setting", () => ({ driver, connection: { ...literal, sslmode: "require" } }), "PGSD_INVALID_OPTION", /"sslmode"/],
    ["a string", () => ({ driver, connection: "postgres://h" }), "PGSD_INVALID_TARGET", /@pgsd\/config/],
    ["no user", () => ({ driver, connection: { host: "h" } }), "PGSD_INVALID_TARGET", /user/],
    ["a port out of range", () => ({ driver, connection: { ...literal, port: 99_999 } }), "PGSD_INVALID_TARGET", /port/],
    ["an unknown sslMode", () => ({ driver, connection: { ...literal, sslMode: "on" } }), "PGSD_INVALID_TARGET", /sslMode/],
    ["verify-full without roots", () => ({ driver, connection: { ...literal, sslMode: "verify-full" } }), "PGSD_INVALID_TARGET", /root/],
    ["no host in the list", () => ({ driver, connection: configOf([]) }), "PGSD_INVALID_TARGET", /host/],
    ["a time of 0", () => ({ driver, connection: configOf(["h"], { connectTimeoutMs: 0 }) }), "PGSD_INVALID_OPTION", /connectTimeoutMs/],
    [
      "channel binding that the driver cannot do",
      () => ({ driver, connection: configOf(["h"], { auth: { channelBinding: "require" } }) }),
      "PGSD_UNSUPPORTED",
      /channel_binding/,
    ],
  ])("%s", (_, options, code, text) => {
    expect(() => createConnectionFactory(options() as Parameters<typeof createConnectionFactory>[0])).toThrow(
      expect.objectContaining({ code, message: expect.stringMatching(text) }) as Error,
    )
  })
})

describe("the target", () => {
  test("has libpq's defaults", async () => {
    const network = scriptedNetwork(() => ({}))
    const connection = { host: "10.0.0.1", user: "reader", password: "pw" }
    const opened = await createConnectionFactory({ driver: network.driver, connection }).open()
    expect(network.targets[0]).toMatchObject({ port: 5432, database: "reader", encryption: "tls" })
    await opened.close()
  })

  test("has a startup packet without settings that a pooler would refuse, unless requested", async () => {
    const startupOf = async (session: ConnectionConfig["session"]) => {
      const network = scriptedNetwork(() => ({}))
      const opened = await createConnectionFactory({ driver: network.driver, connection: configOf(["one"], { session }), lookup }).open()
      await opened.close()
      return network.targets[0]?.startup
    }
    expect(await startupOf({ settings: {} })).toEqual({})
    expect(await startupOf({ settings: {}, applicationName: "report", options: "" })).toEqual({ application_name: "report" })
    expect(await startupOf({ settings: { geqo: "off" }, options: "-c lock_timeout=1s" })).toEqual({
      geqo: "off",
      options: "-c lock_timeout=1s",
    })
  })

  test("gets the password of the host being tried, afresh on request", async () => {
    const asked: unknown[] = []
    const network = scriptedNetwork(() => ({}))
    const connection = configOf(["one"], {
      password: async (host, options) => {
        asked.push([host.kind === "tcp" && host.name, options?.fresh])
        return secret("pw")
      },
    })
    const factory = createConnectionFactory({ driver: network.driver, connection, lookup })
    const passwordOf = (target: Target) => (typeof target.password === "function" ? target.password({}) : undefined)
    for (const options of [{}, { fresh: true }]) {
      const opened = await factory.open(options)
      await passwordOf(network.targets.at(-1)!)
      await opened.close()
    }
    expect(asked).toEqual([
      ["one", false],
      ["one", true],
    ])
  })

  test("is not given to a driver without a network, whose failure becomes a PgsdError", async () => {
    const fake = fakeDriver({ name: "embedded" })
    const factory = createConnectionFactory({ driver: fake })
    const connection = await factory.open()
    expect(fake.targets).toEqual([undefined])
    await connection.close()
    fake.failConnects(new Error("no such folder"))
    await expect(factory.open()).rejects.toMatchObject({ driver: "embedded", message: expect.stringContaining("no such folder") })
  })
})

describe("diagnostics channels", () => {
  test("report each failed attempt and the connection, with the fields of a connection log", async () => {
    const events: [name: unknown, event: unknown][] = []
    const listener = (event: unknown, name: unknown) => events.push([name, event])
    const names = ["connect", "attempt-failed", "connect-error"].map((each) => `pgsd:open:${each}`)
    for (const name of names) subscribe(name, listener)
    try {
      const network = scriptedNetwork((target) => (target.host === "one" ? failure("PGSD_CONNECTION_REFUSED", "tcp", target) : {}))
      const connection = configOf(["one", "two"], { label: "source" })
      await (await createConnectionFactory({ driver: network.driver, connection, lookup }).open()).close()
      await createConnectionFactory({ driver: network.driver, connection: configOf(["one"]), lookup })
        .open()
        .catch(() => {})
    } finally {
      for (const name of names) unsubscribe(name, listener)
    }
    const failed = ["pgsd:open:attempt-failed", expect.objectContaining({ host: "one", next: "next-address" })]
    expect(events).toEqual([
      failed,
      failed,
      [
        "pgsd:open:connect",
        expect.objectContaining({
          label: "source",
          driver: "scripted",
          host: "two",
          database: "app",
          user: "reader",
          sslMode: "disable",
          encrypted: false,
          failedAttempts: 2,
          connectionTimeMs: expect.any(Number),
        }),
      ],
      failed,
      failed,
      ["pgsd:open:connect-error", expect.objectContaining({ label: "one:5432/app" })],
    ])
  })
})
