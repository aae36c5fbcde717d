import type { PostgresServer } from "@pgsd/testing/server"
import { type ClientContestant, type ClientName, contestantName, FAULT_CONTESTANTS } from "../clients/contestants.ts"
import type { ScenarioOptions } from "../faults/run-scenario.ts"
import type { Outcome, Scenario } from "../faults/scenario.ts"
import { SCENARIOS, type ScenarioName } from "../faults/scenarios.ts"
import type { Bench, Section } from "./section.ts"
import { addressOf, benchServer, ServerController } from "./server.ts"

/** Longer than every default limit of @pgsd/pool, so that its own timeouts take effect. */
const HANG_MS = 13_000
const QUICK: readonly ScenarioName[] = ["killIdle", "useAfterRelease"]
const QUICK_CLIENTS: readonly ClientName[] = ["@pgsd/pool over pg", "pg-pool"]
/** A program with nothing left to do should have ended by then. */
const EXIT_MS = 1_000

export const faultsSection: Section = {
  async run(bench) {
    await using server = await benchServer()
    const names = bench.quick ? QUICK : (Object.keys(SCENARIOS) as ScenarioName[])
    const contestants = bench.quick ? FAULT_CONTESTANTS.filter(({ client }) => QUICK_CLIENTS.includes(client)) : FAULT_CONTESTANTS
    const run: FaultRun = { bench, server, controller: new ServerController(server), contestants }
    const found = await runAll(run, names)
    const rows = names.map((name) => ({ scenario: SCENARIOS[name] as Scenario, outcomes: found.get(name)! }))
    const heads = contestants.map(contestantName)
    return {
      title: "Faults",
      meaning: `Every cell is one run in its own process against a real server, through a proxy where the network fails. **ok**: as expected; **fails**: an avoidable error or wait, or an error that does not name its cause; **leaks**: a session, transaction or connection reached another caller, or stayed open; **storms**: the server is flooded with connection attempts; **hangs**: a promise was still pending after ${HANG_MS / 1_000} s; **crashes**: the process ended. Best settings are what each library's documentation recommends: timeouts for connecting and for queries, error listeners, validation.`,
      tables: [
        {
          caption: "outcomes",
          columns: ["what happens", ...heads],
          rows: rows.map(({ scenario, outcomes }) => [
            scenario.title,
            ...outcomes.map(({ outcome }) => (outcome === "ok" ? "ok" : `**${outcome}**`)),
          ]),
        },
        {
          caption: "expected and observed",
          columns: ["what happens", "expected", ...heads],
          rows: rows.map(({ scenario, outcomes }) => [
            scenario.title,
            scenario.expected,
            ...outcomes.map(({ outcome, detail }) => [outcome, detail].filter(Boolean).join(": ")),
          ]),
        },
      ],
      data: rows.map(({ scenario: { title, expected }, outcomes }) => ({
        title,
        expected,
        outcomes: Object.fromEntries(outcomes.map((outcome, index) => [heads[index], outcome])),
      })),
    }
  },
}

interface FaultRun {
  readonly bench: Bench
  readonly server: PostgresServer
  readonly controller: ServerController
  readonly contestants: readonly ClientContestant[]
}

/**
 * Two rows at a time, because most of a run is waiting. Rows that need exclusive use of the server come last, one contestant after another.
 */
async function runAll(run: FaultRun, names: readonly ScenarioName[]): Promise<ReadonlyMap<ScenarioName, readonly Outcome[]>> {
  const found = new Map<ScenarioName, readonly Outcome[]>()
  const isExclusive = (name: ScenarioName) => (SCENARIOS[name] as Scenario).exclusive === true
  const waiting = names.filter((name) => !isExclusive(name))
  const worker = async () => {
    for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
      const row = name
      run.bench.log(`faults: ${SCENARIOS[row].title}`)
      found.set(row, await Promise.all(run.contestants.map((each) => runOne(run, row, each))))
    }
  }
  await Promise.all([worker(), worker()])
  await resumeAll(run.server)
  for (const name of names.filter(isExclusive)) {
    run.bench.log(`faults: ${SCENARIOS[name].title}`)
    const outcomes: Outcome[] = []
    for (const each of run.contestants) {
      outcomes.push(await runOne(run, name, each))
      await run.controller.ensureRunning()
    }
    found.set(name, outcomes)
  }
  return found
}

async function runOne({ bench, server, controller }: FaultRun, scenario: ScenarioName, contestant: ClientContestant): Promise<Outcome> {
  const child = bench.start(controller.perform)
  const options: ScenarioOptions = { ...contestant, scenario, server: addressOf(server), timeoutMs: HANG_MS }
  try {
    const outcome = await child.run<Outcome>("runScenario", options, HANG_MS * 4)
    return (SCENARIOS[scenario] as Scenario).exits ? exitOutcome(await child.exitsWithin(HANG_MS)) : outcome
  } catch (cause) {
    const { name, message } = cause as Error
    if (name === "ProcessDied") return { outcome: "crashes", detail: message.slice(0, 80) }
    if (name === "ProcessTimedOut") return { outcome: "hangs", detail: "the process does not answer" }
    return { outcome: "fails", detail: message.slice(0, 80) }
  } finally {
    await child.end()
  }
}

function exitOutcome(ms: number | undefined): Outcome {
  if (ms === undefined) return { outcome: "hangs", detail: `still running after ${HANG_MS / 1_000} s` }
  return { outcome: ms <= EXIT_MS ? "ok" : "fails", detail: `${Math.round(ms)} ms` }
}

/** Backends stopped by a scenario did not end with their clients. */
async function resumeAll(server: PostgresServer): Promise<void> {
  const rows = await server.sql("select pid from pg_stat_activity where application_name like 'bench-%'")
  for (const { pid } of rows)
    try {
      process.kill(Number(pid), "SIGCONT")
    } catch {
      // Already ended.
    }
}
