import type { Target } from "@pgsd/driver"
import { type ConnectionFactoryOptions, createConnectionFactory } from "@pgsd/driver/open"
import { describe, expect, test } from "vitest"
import { configOf, failure, lookupOf, type Outcome, type ScriptedNetwork, scriptedNetwork } from "../support/scripted-network.ts"

const MIXED = ["fd00::1", "fd00::2", "fd00::3", "10.0.0.1"]
const lookup = lookupOf({ db: MIXED, two: ["fd00::1", "10.0.0.1"], other: ["10.1.0.1"] })

interface Scripted extends Partial<ConnectionFactoryOptions> {
  readonly hosts?: readonly string[]
  readonly config?: Parameters<typeof configOf>[1]
}

function scripted(script: (address: string, target: Target) => Outcome, { hosts = ["db"], config, ...options }: Scripted = {}) {
  const network = scriptedNetwork((target) => script(target.address!, target))
  const factory = createConnectionFactory({ driver: network.driver, connection: configOf(hosts, config), lookup, ...options })
  return { network, factory }
}

const addresses = ({ targets }: ScriptedNetwork) => targets.map(({ address }) => address)
const refused = () => failure("PGSD_CONNECTION_REFUSED", "tcp")

describe("the addresses of one host are raced (RFC 8305)", () => {
  test("in the resolver's order, alternating families; a failed attempt starts the next at once", async () => {
    const { network, factory } = scripted(refused, { attemptDelayMs: 60_000 })
    await expect(factory.open()).rejects.toMatchObject({ code: "PGSD_CONNECTION_REFUSED", attempts: { length: 4 } })
    expect(addresses(network)).toEqual(["fd00::1", "10.0.0.1", "fd00::2", "fd00::3"])
  })

  test("a shuffled list keeps its order", async () => {
    const { network, factory } = scripted(refused, { config: { loadBalanceHosts: true }, random: () => 0.999 })
    await factory.open().catch(() => {})
    expect(addresses(network)).toEqual(MIXED)
  })

  test("an address that does not connect gets competition after the delay, and is abandoned when another connects", async () => {
    const { network, factory } = scripted((address) => (address === "10.0.0.1" ? {} : "hang"), { attemptDelayMs: 10 })
    const connection = await factory.open()
    expect(connection.info.address ?? network.targets.at(-1)?.address).toBe("10.0.0.1")
    expect(addresses(network)).toEqual(["fd00::1", "10.0.0.1"])
    await connection.close()
    expect(network.fake.leaks()).toEqual([])
  })

  test("once one has connected no other is dialled, however long its login takes", async () => {
    const { network, factory } = scripted((address) => (address === "fd00::1" ? "silent" : {}), {
      attemptDelayMs: 5,
      config: { connectTimeoutMs: 200 },
    })
    const connection = await factory.open()
    const [first, second] = network.targets
    expect([first?.address, second?.address]).toEqual(["fd00::1", "10.0.0.1"])
    // The second began when the first had failed, not 5 ms after it.
    expect(connection.info.connectTimeMs).toBeLessThan(150)
    await connection.close()
  })

  test("when the winner fails later, libpq's rules apply: without an answer the remaining addresses are tried, abandoned ones included", async () => {
    const script = (address: string) => (address === "10.0.0.1" ? "silent" : address === "fd00::1" ? "hang" : {})
    const { network, factory } = scripted(script, { attemptDelayMs: 10, config: { connectTimeoutMs: 100 } })
    const connection = await factory.open()
    expect(addresses(network)).toEqual(["fd00::1", "10.0.0.1", "fd00::1", "fd00::2"])
    await connection.close()
  })

  test.each([
    ["a refused password ends the search", failure("PGSD_AUTH_FAILED", "auth", undefined, "28P01"), ["fd00::1"]],
    [
      "a server that starts up leads to the next host",
      failure("PGSD_SERVER_NOT_READY", "startup", undefined, "57P03"),
      ["fd00::1", "10.1.0.1"],
    ],
  ])("%s", async (_name, outcome, expected) => {
    const { network, factory } = scripted((address) => (address.startsWith("10.1") ? {} : outcome), { hosts: ["db", "other"] })
    await factory.open().then(
      (connection) => connection.close(),
      () => {},
    )
    expect(addresses(network)).toEqual(expected)
  })

  test("attemptDelayMs: Infinity dials one after another", async () => {
    const { network, factory } = scripted((address) => (address === "10.0.0.1" ? {} : "hang"), {
      hosts: ["two"],
      attemptDelayMs: Number.POSITIVE_INFINITY,
      config: { connectTimeoutMs: 50 },
    })
    const began = performance.now()
    const connection = await factory.open()
    expect(performance.now() - began).toBeGreaterThan(45)
    expect(addresses(network)).toEqual(["fd00::1", "10.0.0.1"])
    await connection.close()
  })

  test("an abort ends every attempt with its reason", async () => {
    const { network, factory } = scripted(() => "hang", { attemptDelayMs: 1 })
    const stop = new AbortController()
    const opening = factory.open({ signal: stop.signal })
    await expect.poll(() => network.targets.length).toBe(4)
    const reason = new Error("changed my mind")
    stop.abort(reason)
    await expect(opening).rejects.toBe(reason)
    expect(network.fake.leaks()).toEqual([])
  })

  test("a driver that does not report its socket is raced until the session is open; the late one is closed", async () => {
    const network = scriptedNetwork(() => ({}))
    const held: (() => void)[] = []
    const driver = {
      ...network.driver,
      connect: async (target?: Target) => {
        if (target?.address === "fd00::1") await new Promise<void>((resolve) => held.push(resolve))
        return network.driver.connect(target)
      },
    }
    const factory = createConnectionFactory({ driver, connection: configOf(["two"]), lookup, attemptDelayMs: 1 })
    const connection = await factory.open()
    for (const release of held) release()
    await connection.close()
    await expect.poll(() => network.fake.counts).toMatchObject({ opened: 2, open: 0 })
  })
})

describe("the time of one host", () => {
  const limits = (network: ScriptedNetwork) => network.targets.map(({ connectTimeoutMs }) => connectTimeoutMs!)

  test("is shared by its addresses, but never in parts too short for a login", async () => {
    const { network, factory } = scripted(refused, { hosts: ["two"], connectTimeoutMs: 10_000, hostTimeoutMs: 8_000 })
    await factory.open().catch(() => {})
    for (const limit of limits(network)) expect(limit).toBeGreaterThan(3_500)
    for (const limit of limits(network)) expect(limit).toBeLessThanOrEqual(4_000)
    const many = scripted(refused, { connectTimeoutMs: 10_000, hostTimeoutMs: 2_000 })
    await many.factory.open().catch(() => {})
    for (const limit of limits(many.network)) expect(limit).toBeGreaterThan(900)
  })

  test("is each address's own with connect_timeout", async () => {
    const { network, factory } = scripted(refused, { hosts: ["two"], hostTimeoutMs: 100, config: { connectTimeoutMs: 7_000 } })
    await factory.open().catch(() => {})
    for (const limit of limits(network)) expect(limit).toBeGreaterThan(6_500)
  })
})

test("an address that was overtaken is tried last for hostRecheckMs", async () => {
  const options = { hosts: ["two"], attemptDelayMs: 10 }
  const { network, factory } = scripted((address) => (address === "fd00::1" ? "hang" : {}), options)
  for (let round = 0; round < 3; round++) await (await factory.open()).close()
  expect(addresses(network)).toEqual(["fd00::1", "10.0.0.1", "10.0.0.1", "10.0.0.1"])
})

test("an address is known with its port: what is overtaken on one is first on the other", async () => {
  const hosts = [1, 2].map((port) => ({ kind: "tcp" as const, name: "two", port }))
  // Both addresses of the first port's server are refused after one was overtaken.
  const network = scriptedNetwork(({ address, port }) =>
    port === 2 ? {} : address === "fd00::1" ? "hang" : failure("PGSD_SERVER_NOT_READY", "startup"),
  )
  const options = { driver: network.driver, connection: configOf(hosts), lookup, attemptDelayMs: 10 }
  await (await createConnectionFactory(options).open()).close()
  expect(network.targets.map(({ port, address }) => `${address} ${port}`)).toEqual(["fd00::1 1", "10.0.0.1 1", "fd00::1 2"])
})

test("a host with one refused and one serving address does not count as unresponsive", async () => {
  const { network, factory } = scripted((address) => (address === "fd00::1" ? refused() : {}), { hosts: ["two", "other"] })
  for (let round = 0; round < 2; round++) await (await factory.open()).close()
  expect(addresses(network)).toEqual(["fd00::1", "10.0.0.1", "fd00::1", "10.0.0.1"])
})
