import { faultProxy } from "@pgsd/testing/proxy"
import { postgresServer } from "@pgsd/testing/server"
import { expect, test } from "vitest"
import { DRIVERS } from "./support/drivers.ts"

test.each(DRIVERS)(
  "connecting over $name costs what the protocol costs: 3 round trips with SCRAM, 1 with trust, and none to get ready",
  async ({ load }) => {
    const driver = await load()
    await using server = await postgresServer({
      users: [{ name: "trusted" }],
      hba: ["host all trusted all trust", "host all all all scram-sha-256"],
    })
    await using proxy = await faultProxy({ host: server.host, port: server.port })
    const through = { ...server.target(), host: proxy.host, address: undefined, port: proxy.port }
    for (const [target, expected] of [
      [through, 3],
      [{ ...through, user: "trusted" }, 1],
    ] as const) {
      const before = proxy.roundTrips
      const connection = await driver.connect(target)
      expect(proxy.roundTrips - before).toBe(expected)
      await connection.query("SELECT 1")
      expect(proxy.roundTrips - before).toBe(expected + 1)
      await connection.close()
    }
    expect(proxy.accepted).toBe(2)
  },
)
