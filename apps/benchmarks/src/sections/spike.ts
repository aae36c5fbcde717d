import { formatFailure, formatSpread } from "../harness/format.ts"
import { spreadOf } from "../harness/statistics.ts"
import type { SpikeOptions, SpikeResult } from "../measures/spike.ts"
import { LENDING_NAMES } from "../pools/contestants.ts"
import type { Section } from "./section.ts"

const SPIKE = { max: 50, warm: 5, requests: 50, connectMs: 150, queryMs: 2 }

export const spikeSection: Section = {
  async run(bench) {
    const pools = bench.sample(LENDING_NAMES.filter((pool) => pool !== "floor"))
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
    bench.log("spike: done")
    return {
      title: "Spike",
      meaning: `${shape.requests} requests at once, with ${shape.warm} connections open and ${shape.max} allowed; opening one takes ${shape.connectMs} ms, a query ${shape.queryMs} ms. A pool that binds each request to its own new connection makes it wait for that; one that opens a connection per request burdens the server with connections that are no longer needed once they are open. postgres.js is measured by \`reserve()\`, whose callers queue, not by its queries.`,
      tables: [
        {
          caption: "the spike: median (min..max)",
          columns: ["pool", "all served after, ms", "connections opened"],
          rows: [...results].map(([pool, all]) => (all instanceof Error ? [pool, formatFailure(all), "–"] : row(pool, all))),
        },
      ],
      data: Object.fromEntries([...results].map(([pool, all]) => [pool, all instanceof Error ? { error: all.message } : all])),
    }
  },
}

function row(pool: string, all: readonly SpikeResult[]): string[] {
  return [pool, formatSpread(spreadOf(all.map(({ tookMs }) => tookMs))), formatSpread(spreadOf(all.map(({ opened }) => opened)))]
}
