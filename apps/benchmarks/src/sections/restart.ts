import { contestantWords, FAULT_CONTESTANTS } from "../clients/contestants.ts"
import { spreadOf } from "../harness/statistics.ts"
import { failureWords, spreadWords } from "../harness/words.ts"
import type { RestartOptions, RestartResult } from "../measures/restart.ts"
import type { Section } from "./section.ts"
import { addressOf, benchServer, ServerKeeper } from "./server.ts"

export const restartSection: Section = {
  async run(bench) {
    const contestants = bench.quick ? FAULT_CONTESTANTS.slice(0, 1) : FAULT_CONTESTANTS
    const [rounds, downMs, patienceMs, workers] = bench.quick ? [1, 100, 5_000, 4] : [3, 1_000, 10_000, 10]
    const results = new Map<string, RestartResult[] | Error>(contestants.map((each) => [contestantWords(each), []]))
    await using server = await benchServer()
    const keeper = new ServerKeeper(server)
    for (let round = 0; round < rounds; round++)
      for (const each of contestants) {
        const name = contestantWords(each)
        const sofar = results.get(name)!
        if (sofar instanceof Error) continue
        bench.say(`restart: ${name}, round ${round + 1}`)
        const child = bench.start(keeper.obey)
        const options: RestartOptions = { ...each, server: addressOf(server), workers, downMs, patienceMs }
        const result = await child.run<RestartResult>("restart", options, 60_000).catch((error: Error) => error)
        await child.end()
        await keeper.running()
        if (result instanceof Error) results.set(name, result)
        else sofar.push(result)
      }
    return {
      title: "Restart under load",
      meaning: `${workers} workers query without a pause over ${workers} connections; the server stops (fast), stays down for ${downMs} ms and starts again. Whose call fails tries again after 10 ms. At best the ${workers} calls in flight fail, and everybody else waits. The first success is counted from the moment the server accepts connections; a worker is stuck when it has had no success ${patienceMs / 1_000} s after that.`,
      tables: [
        {
          caption: `restart, ${rounds} rounds: median (min..max)`,
          columns: ["pool", "failed calls", "first success after, ms", `stuck workers of ${workers}, worst round`],
          rows: [...results].map(([name, all]) => (all instanceof Error ? [name, failureWords(all), "–", "–"] : row(name, all))),
        },
      ],
      data: Object.fromEntries([...results].map(([name, all]) => [name, all instanceof Error ? { error: all.message } : all])),
    }
  },
}

function row(name: string, all: readonly RestartResult[]): string[] {
  const first = all.map(({ firstSuccessMs }) => firstSuccessMs).filter((ms) => ms !== undefined)
  return [
    name,
    spreadWords(spreadOf(all.map(({ failed }) => failed))),
    first.length === 0 ? "never" : spreadWords(spreadOf(first)),
    String(Math.max(...all.map(({ stuck }) => stuck))),
  ]
}
