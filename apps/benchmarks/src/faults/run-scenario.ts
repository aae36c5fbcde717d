import { faultProxy } from "@pgsd/testing/proxy"
import pg from "pg"
import { type ClientContestant, connectClient } from "../clients/contestants.ts"
import { Admin } from "./admin.ts"
import type { Outcome, Scenario, ServerAddress } from "./scenario.ts"
import { SCENARIOS, type ScenarioName } from "./scenarios.ts"
import { settledWithin } from "./settled.ts"

export interface ScenarioOptions extends ClientContestant {
  readonly scenario: ScenarioName
  /** Its superuser. */
  readonly server: ServerAddress
  readonly patienceMs: number
}

/** One cell of the outcome table, in a process that does nothing else; it ends with the process. */
export async function runScenario({ client, settings, scenario, server, patienceMs }: ScenarioOptions): Promise<Outcome> {
  const played: Scenario = SCENARIOS[scenario]
  const applicationName = `bench-${process.pid}`
  const superuser = new pg.Client(server)
  // That the server stops is part of a scenario.
  superuser.on("error", () => undefined)
  await superuser.connect()
  const proxy = await faultProxy({ host: server.host, port: server.port })
  const where = { ...server, host: proxy.host, port: proxy.port, applicationName, settings }
  const outcome = await played.play({
    contestant: { client, settings },
    proxy,
    admin: new Admin(superuser, applicationName),
    patienceMs,
    server,
    connect: ({ direct, ...options }) =>
      connectClient(client, { ...where, ...(direct && { host: server.host, port: server.port }), ...options }),
    settled: (promise) => settledWithin(promise, patienceMs),
  })
  // Otherwise all of it stays until the process is ended: what closing it would do to the contestant is no part of the scenario.
  if (played.letsGo) {
    await superuser.end()
    await proxy.close()
  }
  return outcome
}
