import { spreadOf } from "../harness/statistics.ts"
import { failureWords, spreadWords } from "../harness/words.ts"
import type { SpikeOptions, SpikeResult } from "../measures/spike.ts"
import { LENDING_NAMES } from "../pools/contestants.ts"
import type { Section } from "./section.ts"

const SPIKE = { max: 50, warm: 5, requests: 50, connectMs: 150, queryMs: 2 }

export const spikeSection: Section = {
  async run(bench) {
    const pools = bench.some(LENDING_NAMES.filter((pool) => pool !== "floor"))
    const children = pools.map((pool) => ({ pool, child: bench.start() }))
    const results = new Map<string, SpikeResult[] | Error>(pools.map((pool) => [pool, []]))
    const shape = bench.quick ? { ...SPIKE, connectMs: 20 } : SPIKE
    for (let round = 0; round < (bench.quick ? 1 : 7); round++)
      for (const { pool, child } of children) {
        const options: SpikeOptions = { ...shape, pool, settings: "defaults" }
        const result = await child.run<SpikeResult>("spike", options, 30_000).catch((error: Error) => error)
        const sofar = results.get(pool)!
        if (result instanceof Error) results.set(pool, result)
        else if (!(sofar instanceof Error)) sofar.push(result)
      }
    bench.say("spike: done")
    return {
      title: "Spike",
      meaning: `${shape.requests} requests at once, ${shape.warm} connections are open, ${shape.max} allowed; opening one takes ${shape.connectMs} ms, a query ${shape.queryMs} ms. Whoever binds a request to a connection of its own makes it wait for the opening; whoever opens one per request burdens the server with connections that nobody needs any more when they arrive. postgres.js is measured by \`reserve()\`, whose callers queue, not by its queries.`,
      tables: [
        {
          caption: "the spike: median (min..max)",
          columns: ["pool", "all served after, ms", "connections opened in all"],
          rows: [...results].map(([pool, all]) => (all instanceof Error ? [pool, failureWords(all), "–"] : row(pool, all))),
        },
      ],
      data: Object.fromEntries([...results].map(([pool, all]) => [pool, all instanceof Error ? { error: all.message } : all])),
    }
  },
}

function row(pool: string, all: readonly SpikeResult[]): string[] {
  return [pool, spreadWords(spreadOf(all.map(({ tookMs }) => tookMs))), spreadWords(spreadOf(all.map(({ opened }) => opened)))]
}
