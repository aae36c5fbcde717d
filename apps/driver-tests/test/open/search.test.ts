import type { ConnectPhase, Target } from "@pgsd/driver"
import { createConnectionFactory } from "@pgsd/driver/open"
import { seededRandom } from "@pgsd/testing"
import { describe, expect, test } from "vitest"
import { configOf, failure, lookupOf, type Outcome, scriptedNetwork } from "../support/scripted-network.ts"

const lookup = lookupOf({ one: ["10.0.0.1", "10.0.0.2"], two: ["10.0.1.1"], three: ["10.0.2.1"] })
const TLS_FIRST = { mode: "prefer", methods: ["tls", "plain"] } as const
const PLAIN_FIRST = { mode: "allow", methods: ["plain", "tls"] } as const

/** Fails the first attempt as given and lets every later one succeed: which attempt is next? */
async function secondAttempt(first: Outcome, tls: Parameters<typeof configOf>[1] = { tls: TLS_FIRST }): Promise<string> {
  let attempt = 0
  const network = scriptedNetwork(() => (attempt++ === 0 ? first : {}))
  const factory = createConnectionFactory({ driver: network.driver, connection: configOf(["one", "two"], tls), lookup })
  const connection = await factory.open().catch(() => undefined)
  await connection?.close()
  expect(network.fake.leaks()).toEqual([])
  return network.attempts[1] ?? "the end"
}

describe("the next attempt after a failure (libpq's PQconnectPoll, by phase and code alone)", () => {
  const address = "one[10.0.0.2] tls"
  const method = "one[10.0.0.1] plain"
  const host = "two[10.0.1.1] tls"
  test.each<[code: string, phase: ConnectPhase, sqlState: string | undefined, next: string]>([
    ["PGSD_CONNECTION_REFUSED", "tcp", undefined, address],
    ["PGSD_HOST_UNREACHABLE", "tcp", undefined, address],
    ["PGSD_CONNECT_TIMEOUT", "tcp", undefined, address],
    ["PGSD_CONNECT_TIMEOUT", "tls", undefined, address],
    ["PGSD_CONNECT_TIMEOUT", "auth", undefined, address],
    ["PGSD_TLS_UNSUPPORTED", "tls", undefined, method],
    ["PGSD_TLS_UNTRUSTED", "tls", undefined, method],
    ["PGSD_TLS_HOSTNAME", "tls", undefined, method],
    ["PGSD_TLS_FAILED", "tls", undefined, method],
    ["PGSD_AUTH_FAILED", "auth", "28P01", method],
    ["PGSD_AUTH_FAILED", "startup", "28000", method],
    ["PGSD_DATABASE_NOT_FOUND", "auth", "3D000", method],
    ["PGSD_TOO_MANY_CONNECTIONS", "auth", "53300", method],
    ["PGSD_NOT_POSTGRES", "startup", undefined, method],
    ["PGSD_SERVER_NOT_READY", "startup", "57P03", host],
    ["PGSD_CONNECTION_LOST", "startup", undefined, address], // ours: libpq stops when a peer closes without a message
    ["PGSD_CONNECTION_LOST", "auth", "57P01", method],
    ["PGSD_DNS_FAILED", "dns", undefined, host],
    ["PGSD_DATABASE_NOT_FOUND", "ready", "3D000", "the end"],
    ["PGSD_TOO_MANY_CONNECTIONS", "ready", "53300", "the end"],
    ["PGSD_AUTH_FAILED", "ready", "28000", "the end"],
  ])("%s in phase %s (%s) → %s", async (code, phase, sqlState, next) => {
    expect(await secondAttempt(failure(code, phase, undefined, sqlState))).toBe(next)
  })

  test("a refused login with the last method ends the search: another host would refuse it too", async () => {
    expect(
      await secondAttempt(failure("PGSD_AUTH_FAILED", "auth", undefined, "28P01"), { tls: { mode: "require", methods: ["tls"] } }),
    ).toBe("the end")
  })
})

describe("the order of attempts", () => {
  const refused = (target: Target) => failure("PGSD_CONNECTION_REFUSED", "tcp", target)
  const noTls = (target: Target) => (target.encryption === "tls" ? failure("PGSD_TLS_UNSUPPORTED", "tls", target) : {})
  const wantsTls = (target: Target) => (target.encryption === "plain" ? failure("PGSD_AUTH_FAILED", "startup", target, "28000") : {})

  test("hosts × addresses, in the given and resolved order", async () => {
    const network = scriptedNetwork(refused)
    const factory = createConnectionFactory({ driver: network.driver, connection: configOf(["two", "one", "three"]), lookup })
    await expect(factory.open()).rejects.toMatchObject({ code: "PGSD_CONNECTION_REFUSED", label: "two:5432,one:5432,three:5432/app" })
    expect(network.attempts).toEqual(["two[10.0.1.1] plain", "one[10.0.0.1] plain", "one[10.0.0.2] plain", "three[10.0.2.1] plain"])
  })

  test("sslmode=prefer falls back to plain text on the same address when the server has no TLS", async () => {
    const network = scriptedNetwork(noTls)
    const connection = await createConnectionFactory({
      driver: network.driver,
      connection: configOf(["one"], { tls: TLS_FIRST }),
      lookup,
    }).open()
    expect(network.attempts).toEqual(["one[10.0.0.1] tls", "one[10.0.0.1] plain"])
    await connection.close()
  })

  test("sslmode=allow uses TLS when plain text is refused", async () => {
    const network = scriptedNetwork(wantsTls)
    const connection = await createConnectionFactory({
      driver: network.driver,
      connection: configOf(["one"], { tls: PLAIN_FIRST }),
      lookup,
    }).open()
    expect(network.attempts).toEqual(["one[10.0.0.1] plain", "one[10.0.0.1] tls"])
    await connection.close()
  })

  test("sslmode=require never uses plain text", async () => {
    const network = scriptedNetwork(noTls)
    const tls = { mode: "require", methods: ["tls"] } as const
    const factory = createConnectionFactory({ driver: network.driver, connection: configOf(["one", "two"], { tls }), lookup })
    await expect(factory.open()).rejects.toMatchObject({ code: "PGSD_TLS_UNSUPPORTED" })
    expect(network.attempts).toEqual(["one[10.0.0.1] tls"])
  })

  test("a Unix socket is never encrypted, whatever sslmode says, and needs no lookup", async () => {
    const network = scriptedNetwork(() => ({}))
    const hosts = [{ kind: "unix", directory: "/run/pg", port: 5433, path: "/run/pg/.s.PGSQL.5433" }] as const
    const connection = await createConnectionFactory({ driver: network.driver, connection: configOf(hosts, { tls: TLS_FIRST }) }).open()
    expect(network.attempts).toEqual(["/run/pg plain"])
    await connection.close()
  })

  test("hostaddr is dialled and the name kept for TLS; an address needs no lookup", async () => {
    const network = scriptedNetwork(refused)
    const hosts = [{ kind: "tcp", name: "db.example.com", address: "10.9.9.9", port: 5432 }, "::1"] as const
    await createConnectionFactory({ driver: network.driver, connection: configOf(hosts), lookup: lookupOf({}) })
      .open()
      .catch(() => {})
    expect(network.attempts).toEqual(["db.example.com[10.9.9.9] plain", "::1 plain"])
  })

  test("a name without an address is skipped, and the search continues", async () => {
    const network = scriptedNetwork(() => ({}))
    const connection = await createConnectionFactory({ driver: network.driver, connection: configOf(["nowhere", "two"]), lookup }).open()
    expect(network.attempts).toEqual(["two[10.0.1.1] plain"])
    await connection.close()
  })

  test("load_balance_hosts shuffles hosts and addresses evenly", async () => {
    const seed = 20_261_124
    const random = seededRandom(seed).next
    const firsts = new Map<string, number>()
    for (let round = 0; round < 400; round++) {
      const network = scriptedNetwork(() => ({}))
      const connection = configOf(["one", "two", "three"], { loadBalanceHosts: true })
      const opened = await createConnectionFactory({ driver: network.driver, connection, lookup, random }).open()
      await opened.close()
      firsts.set(network.attempts[0]!, (firsts.get(network.attempts[0]!) ?? 0) + 1)
    }
    expect([...firsts.keys()].sort(), `seed ${seed}`).toEqual([
      "one[10.0.0.1] plain",
      "one[10.0.0.2] plain",
      "three[10.0.2.1] plain",
      "two[10.0.1.1] plain",
    ])
    // 400 × 1/3 for two and three, 400 × 1/6 for each address of one; four standard deviations either way.
    for (const [name, count] of firsts) {
      const expected = name.startsWith("one") ? 400 / 6 : 400 / 3
      expect(Math.abs(count - expected), `seed ${seed}: ${name} came first ${count} times`).toBeLessThan(40)
    }
  })
})
