import { readFileSync, writeFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { chart } from "./chart.ts"
import { pgPool } from "./policies/pg-pool.ts"
import { pgsd } from "./policies/pgsd.ts"
import type { Policy } from "./policies/policy.ts"
import { postgresJs } from "./policies/postgres-js.ts"
import { type FleetResult, runFleet } from "./run-fleet.ts"
import { SCENARIOS } from "./scenarios.ts"
import { BUCKET_MS } from "./server.ts"

const MAX = 10
const SLOTS = 500
const SEED = 1
const SIZES = [1, 10, 100, 1_000, 5_000]
const POLICIES: readonly (readonly [string, Policy])[] = [
  ["@pgsd/pool", pgsd],
  ["pg-pool", pgPool(0)],
  ["pg-pool, 10 s limit", pgPool(10_000)],
  ["postgres.js", postgresJs],
]

const docs = fileURLToPath(new URL("../../../docs/", import.meta.url))
const tables: string[] = []

for (const scenario of SCENARIOS) {
  const results: (readonly [string, FleetResult])[] = []
  for (const [name, policy] of POLICIES)
    results.push([name, await runFleet({ policy, scenario, processes: 1_000, max: MAX, slots: SLOTS, seed: SEED })])
  const attempts = results.map(([name, { series }]) => ({ name, values: series.map(({ attempts }) => (attempts * 1_000) / BUCKET_MS) }))
  const waiting = results.map(([name, { series }]) => ({ name, values: series.map(({ waiting }) => waiting) }))
  const title = `1,000 processes, max ${MAX}, ${SLOTS} slots; ${scenario.title}`
  const panels = [
    { title: "attempts per second", lines: attempts, top: 2_500 },
    { title: "callers that wait", lines: waiting, top: 4_000 },
  ]
  writeFileSync(`${docs}images/fleet-${scenario.name}.svg`, chart(title, panels, BUCKET_MS / 1_000))
  tables.push(
    `### ${scenario.title}\n\n![attempts per second and callers that wait, for each policy](images/fleet-${scenario.name}.svg)\n\n${table("1,000 processes", results)}`,
  )
}

const sizes: (readonly [string, FleetResult])[] = []
for (const processes of SIZES)
  sizes.push([count(processes), await runFleet({ policy: pgsd, scenario: SCENARIOS[0]!, processes, max: MAX, slots: SLOTS, seed: SEED })])

writeFileSync(`${docs}fleet.md`, page())
const scaling = readFileSync(`${docs}scaling.md`, "utf8")
// The restart, which the page shows a plot of.
const shown = `<!-- fleet:start -->\n${tables[0]!.slice(tables[0]!.indexOf("|"))}\n<!-- fleet:end -->`
writeFileSync(`${docs}scaling.md`, scaling.replace(/<!-- fleet:start -->[\s\S]*<!-- fleet:end -->/, shown))

function page(): string {
  return `# A fleet on one server

<!-- made by apps/fleet/src/main.ts: pnpm fleet -->

Processes with a pool each, \`max: ${MAX}\`, share a server with ${SLOTS} slots. It is a simulation: time is virtual, the server is a model (a login takes 8 ms and 2,000 a second are possible,
a round trip 1 ms), \`@pgsd/pool\` is the real one with its defaults, and the peers' policies are models of their sources, of which the files name the lines:
[pg-pool 3.14.0](../apps/fleet/src/policies/pg-pool.ts), [postgres.js 3.4.9](../apps/fleet/src/policies/postgres-js.ts). All processes together have 400 callers a second for 30 s, two at a time, each with 20 ms of
work; idle connections are closed after 1 s, since more processes than slots can share a server only if none keeps what it does not use. What happens begins at 10 s. Random numbers have
the seed ${SEED}: the same command gives the same tables.

- **failed**: callers that waited for a connection and got an error; **lost**: their session ended under them, which no pool can prevent; **unsettled**: still waiting 10 s after the last caller came.
- **worst second**: attempts to connect, whether or not anything listened; **of these reached**: from 100 ms after the beginning on, the ones that a listening server had to answer.
- **full service**: from the server's return until no caller waits that came before it, and later ones wait for less than a second.
- One process with 10 connections is at its limit: what came during the outage is served beside 400 new callers a second, 10 connections × 1 s / 21 ms = 476 in all.
- A peer that is back sooner has fewer callers to serve, because it has failed the others. The callers of this page do not try again; those of a program do.

${tables.join("\n\n")}

### From 1 to 5,000 processes: ${SCENARIOS[0]!.title}, @pgsd/pool

${table("processes", sizes)}
`
}

function table(what: string, results: readonly (readonly [string, FleetResult])[]): string {
  const header = `| ${what} | served | lost | failed | unsettled | worst second | of these reached | full service |\n|---|---:|---:|---:|---:|---:|---:|---:|`
  const rows = results.map(([name, { served, lost, failed, waiting, worstSecond, worstSecondReached, fullServiceMs }]) => {
    const full = fullServiceMs === undefined ? "never" : `${(fullServiceMs / 1_000).toFixed(1)} s`
    return `| ${[name, ...[served, lost, failed, waiting, worstSecond, worstSecondReached].map(count), full].join(" | ")} |`
  })
  return [header, ...rows].join("\n")
}

function count(n: number): string {
  return n.toLocaleString("en-US")
}
