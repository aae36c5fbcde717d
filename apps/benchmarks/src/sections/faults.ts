import type { PostgresServer } from "@pgsd/testing/server"
import { type ClientContestant, type ClientName, contestantWords, FAULT_CONTESTANTS } from "../clients/contestants.ts"
import type { ScenarioOptions } from "../faults/run-scenario.ts"
import type { Outcome, Scenario } from "../faults/scenario.ts"
import { SCENARIOS, type ScenarioName } from "../faults/scenarios.ts"
import type { Bench, Section } from "./section.ts"
import { addressOf, benchServer, ServerKeeper } from "./server.ts"

/** Over every default limit of @pgsd/pool, so that what it says in time is not cut short. */
const PATIENCE_MS = 13_000
const QUICK: readonly ScenarioName[] = ["killIdle", "useAfterRelease"]
const QUICK_CLIENTS: readonly ClientName[] = ["@pgsd/pool over pg", "pg-pool"]
/** A program that has nothing to do should be gone by then. */
const EXIT_MS = 1_000

export const faultsSection: Section = {
  async run(bench) {
    await using server = await benchServer()
    const names = bench.quick ? QUICK : (Object.keys(SCENARIOS) as ScenarioName[])
    const contestants = bench.quick ? FAULT_CONTESTANTS.filter(({ client }) => QUICK_CLIENTS.includes(client)) : FAULT_CONTESTANTS
    const hall: Hall = { bench, server, keeper: new ServerKeeper(server), contestants }
    const found = await playThrough(hall, names)
    const rows = names.map((name) => ({ scenario: SCENARIOS[name] as Scenario, outcomes: found.get(name)! }))
    const heads = contestants.map(contestantWords)
    return {
      title: "Faults",
      meaning: `Every cell is a run in a process of its own against a real server, through a proxy where the network fails. **ok**: as expected; **fails**: an error or a wait that the pool could have spared its caller, or that does not say why; **leaks**: one caller's session, transaction or connection reached another, or stayed open; **storms**: the server is flooded with attempts; **hangs**: a promise was unsettled after ${PATIENCE_MS / 1_000} s; **crashes**: the process ended. Best settings are those of each library's own documentation: limits for connecting and for queries, error listeners, validation.`,
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
          caption: "what was expected, and what each run showed",
          columns: ["what happens", "ok is", ...heads],
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

interface Hall {
  readonly bench: Bench
  readonly server: PostgresServer
  readonly keeper: ServerKeeper
  readonly contestants: readonly ClientContestant[]
}

/** Two rows at a time: most of a run is waiting. Those who need the server to themselves come last, one contestant after another. */
async function playThrough(hall: Hall, names: readonly ScenarioName[]): Promise<ReadonlyMap<ScenarioName, readonly Outcome[]>> {
  const found = new Map<ScenarioName, readonly Outcome[]>()
  const isAlone = (name: ScenarioName) => (SCENARIOS[name] as Scenario).alone === true
  const waiting = names.filter((name) => !isAlone(name))
  const lane = async () => {
    for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
      const row = name
      hall.bench.say(`faults: ${SCENARIOS[row].title}`)
      found.set(row, await Promise.all(hall.contestants.map((each) => playOne(hall, row, each))))
    }
  }
  await Promise.all([lane(), lane()])
  await wakeAll(hall.server)
  for (const name of names.filter(isAlone)) {
    hall.bench.say(`faults: ${SCENARIOS[name].title}`)
    const outcomes: Outcome[] = []
    for (const each of hall.contestants) {
      outcomes.push(await playOne(hall, name, each))
      await hall.keeper.running()
    }
    found.set(name, outcomes)
  }
  return found
}

async function playOne({ bench, server, keeper }: Hall, scenario: ScenarioName, contestant: ClientContestant): Promise<Outcome> {
  const child = bench.start(keeper.obey)
  const options: ScenarioOptions = { ...contestant, scenario, server: addressOf(server), patienceMs: PATIENCE_MS }
  try {
    const outcome = await child.run<Outcome>("runScenario", options, PATIENCE_MS * 4)
    return (SCENARIOS[scenario] as Scenario).letsGo ? exitOutcome(await child.exitsWithin(PATIENCE_MS)) : outcome
  } catch (cause) {
    const { name, message } = cause as Error
    if (name === "ProcessDied") return { outcome: "crashes", detail: message.slice(0, 80) }
    if (name === "ProcessSilent") return { outcome: "hangs", detail: "the process does not answer" }
    return { outcome: "fails", detail: message.slice(0, 80) }
  } finally {
    await child.end()
  }
}

function exitOutcome(ms: number | undefined): Outcome {
  if (ms === undefined) return { outcome: "hangs", detail: `still there after ${PATIENCE_MS / 1_000} s` }
  return { outcome: ms <= EXIT_MS ? "ok" : "fails", detail: `${Math.round(ms)} ms` }
}

/** Backends that a scenario stopped could not end with their clients. */
async function wakeAll(server: PostgresServer): Promise<void> {
  const rows = await server.sql("select pid from pg_stat_activity where application_name like 'bench-%'")
  for (const { pid } of rows)
    try {
      process.kill(Number(pid), "SIGCONT")
    } catch {
      // It ended meanwhile.
    }
}
