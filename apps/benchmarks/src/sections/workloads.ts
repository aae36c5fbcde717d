import type { ClientName } from "../clients/contestants.ts"
import { TABLE_ROWS } from "../measures/workloads.ts"
import type { Section } from "./section.ts"
import { benchDatabase } from "./server.ts"
import { type Comparison, compareThroughput, throughputProcesses } from "./throughput.ts"

const EVERY_DRIVER: readonly ClientName[] = [
  "@pgsd/pool over the wire",
  "@pgsd/pool over pg",
  "@pgsd/pool over postgres.js",
  "pg-pool",
  "postgres.js",
]
const PIPELINED: readonly ClientName[] = [
  "@pgsd/pool over the wire, pipelineDepth 32",
  "@pgsd/pool over pg, pipelineDepth 32",
  "@pgsd/pool over postgres.js, pipelineDepth 32",
]
const SIZES = [1, 2, 5, 10]
const ROWS = { one: "row", many: "rows" }

const { mixed, wide, text, bytea } = TABLE_ROWS

const TABLES = `
  create table bench_mixed as select i as a, i * 7 as b, i * 11 as c, 'name of row ' || i as d, md5(i::text) as e,
    timestamptz '2026-01-01 00:00:00+00' + i * interval '1 minute' as f, timestamptz '2026-06-01 00:00:00.123456+00' + i * interval '1 second' as g,
    (i * 1.25)::numeric as h, (i / 7.0)::numeric(12, 4) as i, jsonb_build_object('id', i, 'tags', jsonb_build_array('x', 'y')) as j
    from generate_series(1, ${mixed}) i;
  create table bench_wide as select ${Array.from({ length: 100 }, (_, n) => (n % 2 === 0 ? `i + ${n} as c${n}` : `'text value ' || i as c${n}`)).join(", ")}
    from generate_series(1, ${wide}) i;
  create table bench_text as select repeat(md5(i::text), 3200) as a from generate_series(1, ${text}) i;
  create table bench_bytea as select decode(repeat(md5(i::text), 256), 'hex') as a from generate_series(1, ${bytea}) i`

const INSERTS = `
  create unlogged table bench_inserts
    (a int, b bigint, c text, d text, e float8, f boolean, g timestamptz, h jsonb, i text, j numeric)`

interface WorkloadSection {
  readonly title: string
  readonly meaning: string
  readonly setUp?: string
  readonly tls?: boolean
  readonly comparisons: readonly Comparison[]
}

function workloadSection({ title, meaning, setUp, tls = false, comparisons }: WorkloadSection): Section {
  return {
    async run(bench) {
      await using database = await benchDatabase(bench, { tls })
      if (setUp !== undefined) await database.sql(setUp)
      const processes = throughputProcesses(bench, [...new Set(comparisons.flatMap(({ clients }) => clients))])
      const reports = []
      for (const comparison of comparisons) {
        bench.log(`${title}: ${comparison.caption}`)
        reports.push(await compareThroughput(bench, comparison, processes, database.address))
      }
      return { title, meaning, tables: reports.map(({ table }) => table), data: reports.map(({ data }) => data) }
    },
  }
}

const result = {
  unit: ROWS,
  clients: ["@pgsd/pool over the wire, prepared", ...EVERY_DRIVER] satisfies readonly ClientName[],
  callers: 2,
  sizes: [2],
  rounds: 3,
  roundMs: 400,
}

export const resultsSection = workloadSection({
  title: "Large results",
  meaning:
    "Two callers, each with its own connection, read whole tables repeatedly; rows are counted. Every client parses values as it does by default: numbers, Dates, objects for jsonb, Buffers. With prepared statements, driver-wire asks for some types in binary.",
  setUp: TABLES,
  comparisons: [
    {
      ...result,
      workload: "mixed",
      caption: `${mixed.toLocaleString("en-US")} rows of 10 columns (int4, text, timestamptz, numeric, jsonb)`,
    },
    { ...result, workload: "wide", caption: `${wide.toLocaleString("en-US")} rows of 100 columns (int4, text)` },
    { ...result, workload: "text", caption: `${text} rows with a text of 102 kB` },
    { ...result, workload: "bytea", caption: `${bytea.toLocaleString("en-US")} rows with a bytea of 4 kB` },
  ],
})

export const insertsSection = workloadSection({
  title: "Inserts",
  meaning:
    "100 callers, each inserting rows with 10 parameters (int4, int8, text, float8, boolean, timestamptz, jsonb, null, numeric) into an unlogged table, one at a time. postgres.js prepares by default; unprepared, it first asks for the parameters' types.",
  setUp: INSERTS,
  comparisons: [
    {
      workload: "insert",
      caption: "10 parameters, 100 callers",
      unit: { one: "insert", many: "inserts" },
      clients: [
        "@pgsd/pool over the wire, prepared",
        "@pgsd/pool over the wire, pipelineDepth 32, prepared",
        "@pgsd/pool over pg, pipelineDepth 32, prepared",
        "@pgsd/pool over the wire",
        ...PIPELINED,
        "pg-pool",
        "pg-pool, prepared",
        "postgres.js",
        "postgres.js, unprepared",
      ],
      callers: 100,
      sizes: SIZES,
      rounds: 5,
      roundMs: 250,
    },
  ],
})

const copy = { unit: ROWS, clients: EVERY_DRIVER, callers: 1, sizes: [1], rounds: 3, roundMs: 400 }

export const copySection = workloadSection({
  title: "COPY",
  meaning:
    "One caller, one connection. From a Readable: prebuilt bytes in chunks of 64 kB. From rows: arrays of 10 values, encoded by @pgsd, and by the caller for postgres.js and pg-pool (with pg-copy-streams). The server parses the rows and stores none (WHERE), so that no table grows. The server is usually the limit; compare the CPU.",
  setUp: `${TABLES};${INSERTS}`,
  comparisons: [
    { ...copy, workload: "copyFrom", caption: "COPY FROM a Readable, 20,000 rows of 10 columns" },
    { ...copy, workload: "copyRows", caption: "COPY FROM rows of values, 20,000 rows of 10 columns" },
    { ...copy, workload: "copyTo", caption: `COPY TO, ${mixed.toLocaleString("en-US")} rows of 10 columns` },
  ],
})

export const transactionsSection = workloadSection({
  title: "Transactions",
  meaning:
    "100 callers over 10 connections, two queries per transaction: transaction() of @pgsd/pool, begin() of postgres.js, and for pg-pool connect(), BEGIN, COMMIT and release() by hand.",
  comparisons: [
    {
      workload: "transaction",
      caption: "two queries in a transaction, 100 callers",
      unit: { one: "transaction", many: "transactions" },
      clients: EVERY_DRIVER,
      callers: 100,
      sizes: [10],
      rounds: 5,
      roundMs: 250,
    },
  ],
})

export const tlsSection = workloadSection({
  title: "Over TLS",
  meaning: "One-shot queries as above, over TLS 1.3.",
  tls: true,
  comparisons: [
    {
      workload: "select",
      caption: "100 callers over TLS",
      unit: { one: "query", many: "queries" },
      clients: [...PIPELINED, ...EVERY_DRIVER],
      callers: 100,
      sizes: SIZES,
      rounds: 5,
      roundMs: 250,
    },
  ],
})

export const connectSection = workloadSection({
  title: "Connecting",
  meaning:
    "One caller opens a pool of one connection, runs one query and closes it: TCP (no DNS), SCRAM-SHA-256, the query, Terminate. The key derivation (4,096 rounds) is included once per connection, unless the client caches the key.",
  comparisons: [
    {
      workload: "connect",
      caption: "connect, select 1, close",
      unit: { one: "connection", many: "connections" },
      clients: EVERY_DRIVER,
      callers: 1,
      sizes: [1],
      rounds: 5,
      roundMs: 300,
    },
  ],
})

const integration = {
  workload: "select",
  unit: { one: "query", many: "queries" },
  callers: 10,
  sizes: [10],
  rounds: 7,
  roundMs: 400,
} as const

export const integrationsSection = workloadSection({
  title: "Integrations",
  meaning: "One-shot queries of 10 callers over 10 connections, through what stands between a program and its pool.",
  comparisons: [
    { ...integration, caption: "@pgsd/pg-compat beside pg-pool", clients: ["@pgsd/pg-compat", "@pgsd/pg-compat, strict", "pg-pool"] },
    { ...integration, caption: "the dialects of Kysely", clients: ["@pgsd/kysely over pg", "kysely over pg", "pg-pool"] },
    {
      ...integration,
      caption: "OpenTelemetry",
      clients: [
        "@pgsd/pool over pg",
        "@pgsd/pool over pg, OpenTelemetry without an SDK",
        "@pgsd/pool over pg, OpenTelemetry recording every span",
        "pg-pool",
      ],
    },
  ],
})
