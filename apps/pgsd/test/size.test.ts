import { createDatabaseConnector } from "@pgsd/connector"
import { pgDriver } from "@pgsd/driver-pg"
import { type PostgresServer, postgresServer } from "@pgsd/testing/server"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { readCatalog } from "../src/catalog/read-catalog.ts"
import { compare } from "../src/model/compare.ts"
import { makeLargeDatabase } from "./support/large-database.ts"
import { recordedTexts } from "./support/recorded-texts.ts"

/** The documented size in the full run; as many views as make one batch in either. */
const TABLES = process.env.PGSD_TEST_FULL === "1" ? 2_000 : 600
const MOST_STATEMENTS = 25

let server: PostgresServer
beforeAll(async () => {
  server = await postgresServer({ users: [{ name: "reader", password: "reads" }] })
  await makeLargeDatabase(server, TABLES)
})
afterAll(() => server.close())

describe(`a database of ${TABLES} tables`, () => {
  test("is read in a constant number of statements, and equals itself", async () => {
    const { recorded, texts } = recordedTexts(await pgDriver().connect(server.target({ user: "reader", password: "reads" })))
    const connector = createDatabaseConnector(recorded)
    await connector.preflight()
    const steps: string[] = []
    const one = await readCatalog(connector, { salt: "", onStep: ({ reading, step, of }) => steps.push(`${step}/${of} ${reading}`) })
    expect(texts().length).toBeLessThanOrEqual(MOST_STATEMENTS)
    expect(steps.at(0)).toMatch(/^1\/\d+ /)
    expect(steps.at(-1)).toMatch(/^(\d+)\/\1 /)
    expect(steps.filter((step) => /tables, \d+ %/.test(step)).length).toBeGreaterThan(0)
    const other = await readCatalog(connector, { salt: "" })
    const { differences, compared } = compare(one, other)
    expect(differences).toEqual([])
    expect(compared).toMatchObject({ table: TABLES, column: TABLES * 10, index: TABLES * 2, view: TABLES / 4, function: TABLES / 4 })
    await connector.close()
  })

  test("leaves nothing behind: no row is written, and no relation is created", async () => {
    const written = `SELECT sum(n_tup_ins + n_tup_upd + n_tup_del)::text AS rows, (SELECT count(*) FROM pg_class)::text AS relations,
      (SELECT temp_files::text FROM pg_stat_database WHERE datname = current_database()) AS files FROM pg_stat_sys_tables WHERE schemaname = 'pg_catalog'`
    const before = await server.sql(written)
    const connector = createDatabaseConnector(await pgDriver().connect(server.target({ user: "reader", password: "reads" })))
    await readCatalog(connector)
    await connector.close()
    expect(await server.sql(written)).toEqual(before)
  })
})
