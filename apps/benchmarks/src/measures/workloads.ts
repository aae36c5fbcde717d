import { Readable } from "node:stream"
import type { Client } from "../clients/client.ts"
import { copyLines } from "../clients/copy-lines.ts"

/** What a caller repeats. */
export interface Workload {
  /** Counted units per call. */
  readonly units: number
  /** Each call opens and closes its own client. @default false */
  readonly connects?: boolean
  run(client: Client): Promise<void>
}

export const SELECT_ONE = "select 1 as one"

/** Rows of the tables that are read. */
export const TABLE_ROWS = { mixed: 10_000, wide: 1_000, text: 100, bytea: 1_000 } as const

/** Rows of one COPY FROM, with as many columns as `bench_mixed`. */
const COPIED_ROWS = 20_000

export const WORKLOADS = {
  select: { units: 1, run: (client) => rowsOf(client, SELECT_ONE, 1) },
  connect: { units: 1, connects: true, run: (client) => rowsOf(client, SELECT_ONE, 1) },
  insert: {
    units: 1,
    async run(client) {
      await client.query("insert into bench_inserts values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)", parameters(++count))
    },
  },
  transaction: {
    units: 1,
    run: (client) =>
      client.transaction!(async (query) => {
        await query("select 1 as one")
        await query("select 2 as two")
      }),
  },
  mixed: table("mixed"),
  wide: table("wide"),
  text: table("text"),
  bytea: table("bytea"),
  copyFrom: { units: COPIED_ROWS, run: (client) => client.copyFrom!(COPY_FROM, Readable.from(copiedBytes())) },
  copyRows: { units: COPIED_ROWS, run: (client) => client.copyRows!(COPY_FROM, copiedRows()) },
  copyTo: {
    units: TABLE_ROWS.mixed,
    async run(client) {
      let bytes = 0
      for await (const chunk of await client.copyTo!("copy bench_mixed to stdout")) bytes += chunk.length
      if (bytes < TABLE_ROWS.mixed) throw new Error(`${bytes} bytes of ${TABLE_ROWS.mixed} rows`)
    },
  },
} as const satisfies Readonly<Record<string, Workload>>

export type WorkloadName = keyof typeof WORKLOADS

// Parsed by the server, but not stored: the table does not grow.
const COPY_FROM = "copy bench_inserts from stdin where a = 0"

let count = 0

function parameters(n: number): unknown[] {
  return [n, n * 2, `some text ${n}`, "another one", n * 1.5, true, new Date(1_767_225_600_000 + n * 1_000), { id: n }, null, "12.50"]
}

function table(name: keyof typeof TABLE_ROWS): Workload {
  return { units: TABLE_ROWS[name], run: (client) => rowsOf(client, `select * from bench_${name}`, TABLE_ROWS[name]) }
}

async function rowsOf(client: Client, sql: string, expected: number): Promise<void> {
  const rows = await client.query(sql)
  if (rows.length !== expected) throw new Error(`${rows.length} rows instead of ${expected}`)
}

let rows: unknown[][] | undefined
let bytes: Buffer[] | undefined

function copiedRows(): readonly unknown[][] {
  rows ??= Array.from({ length: COPIED_ROWS }, (_, n) => {
    const row = parameters(n + 1)
    row[7] = JSON.stringify(row[7])
    return row
  })
  return rows
}

function copiedBytes(): readonly Buffer[] {
  bytes ??= [...copyLines(copiedRows())].map((chunk) => Buffer.from(chunk))
  return bytes
}
