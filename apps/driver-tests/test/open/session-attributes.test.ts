import type { Target, TargetSessionAttrs } from "@pgsd/driver"
import { createConnectionFactory } from "@pgsd/driver/open"
import { describe, expect, test } from "vitest"
import { configOf, lookupOf, scriptedNetwork } from "../support/scripted-network.ts"

type Server = "primary" | "standby" | "read-only primary"

const SERVERS: Readonly<Record<Server, { readonly standby: boolean; readonly readOnly: boolean }>> = {
  primary: { standby: false, readOnly: false },
  standby: { standby: true, readOnly: true },
  "read-only primary": { standby: false, readOnly: true },
}

const MODES: readonly TargetSessionAttrs[] = ["any", "read-write", "read-only", "primary", "standby", "prefer-standby"]

/** Which server is chosen from these, in this order; undefined when none matches. */
async function chosen(servers: readonly Server[], targetSessionAttrs: TargetSessionAttrs, reports: boolean) {
  const roleOf = (target: Target) => SERVERS[servers[Number(target.host.slice(1))]!]
  const on = (value: boolean) => (value ? "on" : "off")
  const network = scriptedNetwork((target) => {
    const { standby, readOnly } = roleOf(target)
    return { parameters: { in_hot_standby: on(standby), default_transaction_read_only: on(readOnly && !standby) } }
  })
  const hosts = servers.map((_, index) => `h${index}`)
  const lookup = lookupOf(Object.fromEntries(hosts.map((host, index) => [host, [`10.0.0.${index + 1}`]])))
  const hide = network.driver.connect.bind(network.driver)
  // Before 14 the server reports neither, so it is queried.
  const driver = reports
    ? network.driver
    : {
        ...network.driver,
        connect: async (target?: Target) => {
          const connection = await hide(target)
          Object.defineProperty(connection, "serverParameters", { value: { server_version: "13.20" } })
          return connection
        },
      }
  const hostOf = (query: { connection: { info: { host?: string } } }) => SERVERS[servers[Number(query.connection.info.host!.slice(1))]!]
  network.fake.answer(/pg_is_in_recovery/, (query) => [{ value: hostOf(query).standby }])
  network.fake.answer(/transaction_read_only/, (query) => [{ value: on(hostOf(query).readOnly) }])
  const factory = createConnectionFactory({ driver, connection: configOf(hosts, { targetSessionAttrs }), lookup })
  try {
    const connection = await factory.open()
    const host = connection.info.host!
    await connection.close()
    return servers[Number(host.slice(1))]
  } catch (error) {
    expect(error).toMatchObject({ code: "PGSD_SESSION_ATTRS", retryable: true })
    return undefined
  } finally {
    expect(network.fake.leaks(), "sessions that did not fit were closed").toEqual([])
  }
}

const EXPECTED: readonly (readonly [servers: readonly Server[], Readonly<Record<TargetSessionAttrs, Server | undefined>>])[] = [
  [
    ["primary"],
    {
      any: "primary",
      "read-write": "primary",
      "read-only": undefined,
      primary: "primary",
      standby: undefined,
      "prefer-standby": "primary",
    },
  ],
  [
    ["standby"],
    {
      any: "standby",
      "read-write": undefined,
      "read-only": "standby",
      primary: undefined,
      standby: "standby",
      "prefer-standby": "standby",
    },
  ],
  [
    ["read-only primary"],
    {
      any: "read-only primary",
      "read-write": undefined,
      "read-only": "read-only primary",
      primary: "read-only primary",
      standby: undefined,
      "prefer-standby": "read-only primary",
    },
  ],
  [
    ["primary", "standby"],
    {
      any: "primary",
      "read-write": "primary",
      "read-only": "standby",
      primary: "primary",
      standby: "standby",
      "prefer-standby": "standby",
    },
  ],
  [
    ["standby", "primary"],
    {
      any: "standby",
      "read-write": "primary",
      "read-only": "standby",
      primary: "primary",
      standby: "standby",
      "prefer-standby": "standby",
    },
  ],
]

const ROWS = EXPECTED.flatMap(([servers, answers]) =>
  MODES.flatMap((mode) => [true, false].map((reports) => [servers.join(", "), mode, reports, servers, answers[mode]] as const)),
)

describe("target_session_attrs", () => {
  test("a server that cannot be queried is an error with the database's name", async () => {
    const network = scriptedNetwork(() => ({ parameters: {} }))
    network.fake.answer(/pg_is_in_recovery/, { error: { sqlState: "57014" } })
    const connect = network.driver.connect.bind(network.driver)
    const driver = {
      ...network.driver,
      connect: async (target?: Target) => Object.defineProperty(await connect(target), "serverParameters", { value: {} }),
    }
    const connection = configOf(["one"], { targetSessionAttrs: "primary", label: "source" })
    const opening = createConnectionFactory({ driver, connection, lookup: lookupOf({ one: ["10.0.0.1"] }) }).open()
    await expect(opening).rejects.toMatchObject({
      label: "source",
      message: expect.stringContaining("could not determine whether it is primary or standby"),
    })
  })

  test.each(ROWS)("%s: %s (reported at startup: %s)", async (_, mode, reports, servers, expected) => {
    expect(await chosen(servers, mode, reports)).toBe(expected)
  })
})
