/**
 * Kysely over @pgsd/kysely and over its own PostgresDialect with pg.Pool: 10 callers, 10 connections, alternating rounds, CPU time of this
 * process per query. `pnpm exec tsx --conditions=@pgsd/source packages/kysely/scripts/compare.ts [rounds]`
 */
import { pgDriver } from "@pgsd/driver-pg"
import { PgsdDialect } from "@pgsd/kysely"
import { createConnectionPool } from "@pgsd/pool"
import { postgresServer } from "@pgsd/testing/server"
import { Kysely, PostgresDialect } from "kysely"
import pg from "pg"

const CALLERS = 10
const QUERIES = 4_000
const rounds = Number(process.argv[2] ?? 7)

interface Database {
  person: { id: number; name: string }
}

const server = await postgresServer()
await server.sql(
  "CREATE TABLE person (id int PRIMARY KEY, name text); INSERT INTO person SELECT i, 'p' || i FROM generate_series(1, 1000) i",
)
const { host, port, user, password, database } = server
const dialects = {
  "PostgresDialect over pg.Pool": new PostgresDialect({ pool: new pg.Pool({ host, port, user, password, database, max: CALLERS }) }),
  "PgsdDialect over @pgsd/pool": new PgsdDialect({
    pool: createConnectionPool({ driver: pgDriver(), connection: server.connection(), max: CALLERS }),
  }),
}
const contestants = Object.entries(dialects).map(([name, dialect]) => ({
  name,
  db: new Kysely<Database>({ dialect }),
  cpu: [] as number[],
  rate: [] as number[],
}))

async function round(db: Kysely<Database>): Promise<{ cpu: number; rate: number }> {
  const cpu = process.cpuUsage()
  const since = performance.now()
  let left = QUERIES
  const caller = async () => {
    while (left-- > 0)
      await db
        .selectFrom("person")
        .selectAll()
        .where("id", "=", (left % 1000) + 1)
        .executeTakeFirst()
  }
  await Promise.all(Array.from({ length: CALLERS }, caller))
  const { user: inUser, system } = process.cpuUsage(cpu)
  return { cpu: (inUser + system) / QUERIES, rate: (QUERIES / (performance.now() - since)) * 1000 }
}

for (const { db } of contestants) await round(db)
for (let i = 0; i < rounds; i++)
  for (const each of contestants) {
    const { cpu, rate } = await round(each.db)
    each.cpu.push(cpu)
    each.rate.push(rate)
  }
const median = (values: readonly number[]) => [...values].sort((a, b) => a - b)[values.length >> 1]!
for (const { name, cpu, rate } of contestants)
  process.stdout.write(`${name}: ${Math.round(median(rate))} queries/s, ${median(cpu).toFixed(1)} µs CPU a query\n`)
for (const { db } of contestants) await db.destroy()
await server.close()
