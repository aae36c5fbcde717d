import { faultProxy } from "@pgsd/testing/proxy"
import pg from "pg"
import { type ClientContestant, connectClient } from "../clients/contestants.ts"
import { Admin } from "./admin.ts"
import type { Outcome, Scenario, ServerAddress } from "./scenario.ts"
import { SCENARIOS, type ScenarioName } from "./scenarios.ts"
import { settledWithin } from "./settled.ts"

export interface ScenarioOptions extends ClientContestant {
  readonly scenario: ScenarioName
  /** The address of its superuser. */
  readonly server: ServerAddress
  readonly timeoutMs: number
}

/** One cell of the outcome table, in a process of its own. */
export async function runScenario({ client, settings, scenario, server, timeoutMs }: ScenarioOptions): Promise<Outcome> {
  const chosen: Scenario = SCENARIOS[scenario]
  const applicationName = `bench-${process.pid}`
  const superuser = new pg.Client(server)
  // Scenarios stop the server.
  superuser.on("error", () => undefined)
  await superuser.connect()
  const proxy = await faultProxy({ host: server.host, port: server.port })
  const where = { ...server, host: proxy.host, port: proxy.port, applicationName, settings }
  const outcome = await chosen.run({
    contestant: { client, settings },
    proxy,
    admin: new Admin(superuser, applicationName),
    timeoutMs,
    server,
    connect: ({ direct, ...options }) =>
      connectClient(client, { ...where, ...(direct && { host: server.host, port: server.port }), ...options }),
    settled: (promise) => settledWithin(promise, timeoutMs),
  })
  // Otherwise they stay open until the process is killed: closing them would affect the contestant.
  if (chosen.exits) {
    await superuser.end()
    await proxy.close()
  }
  return outcome
}
