import { contestantName, FAULT_CONTESTANTS } from "../clients/contestants.ts"
import { formatFailure, formatSpread } from "../harness/format.ts"
import { spreadOf } from "../harness/statistics.ts"
import type { RestartOptions, RestartResult } from "../measures/restart.ts"
import type { Section } from "./section.ts"
import { addressOf, benchServer, ServerController } from "./server.ts"

export const restartSection: Section = {
  async run(bench) {
    const contestants = bench.quick ? FAULT_CONTESTANTS.slice(0, 1) : FAULT_CONTESTANTS
    const [rounds, downMs, timeoutMs, workers] = bench.quick ? [1, 100, 5_000, 4] : [3, 1_000, 10_000, 10]
    const results = new Map<string, RestartResult[] | Error>(contestants.map((each) => [contestantName(each), []]))
    await using server = await benchServer()
    const controller = new ServerController(server)
    for (let round = 0; round < rounds; round++)
      for (const each of contestants) {
        const name = contestantName(each)
        const sofar = results.get(name)!
        if (sofar instanceof Error) continue
        bench.log(`restart: ${name}, round ${round + 1}`)
        const child = bench.start(controller.perform)
        const options: RestartOptions = { ...each, server: addressOf(server), workers, downMs, timeoutMs }
        const result = await child.run<RestartResult>("restart", options, 60_000).catch((error: Error) => error)
        await child.end()
        await controller.ensureRunning()
        if (result instanceof Error) results.set(name, result)
        else sofar.push(result)
      }
    return {
      title: "Restart under load",
      meaning: `${workers} workers query without a pause over ${workers} connections; the server stops (fast), stays down for ${downMs} ms and starts again. A worker whose call fails tries again after 10 ms. At best the ${workers} calls in flight fail and all others wait. The first success is timed from the moment the server accepts connections; a worker without a success ${timeoutMs / 1_000} s after that is stuck.`,
      tables: [
        {
          caption: `restart, ${rounds} rounds: median (min..max)`,
          columns: ["pool", "failed calls", "first success after, ms", `stuck workers of ${workers}, worst round`],
          rows: [...results].map(([name, all]) => (all instanceof Error ? [name, formatFailure(all), "–", "–"] : row(name, all))),
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
    formatSpread(spreadOf(all.map(({ failed }) => failed))),
    first.length === 0 ? "never" : formatSpread(spreadOf(first)),
    String(Math.max(...all.map(({ stuck }) => stuck))),
  ]
}
