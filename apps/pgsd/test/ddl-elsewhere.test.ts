import { createDatabaseConnector } from "@pgsd/connector"
import { isPgsdError } from "@pgsd/driver"
import { pgDriver } from "@pgsd/driver-pg"
import { type Random, seededRandom } from "@pgsd/testing"
import { type PostgresServer, postgresServer } from "@pgsd/testing/server"
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest"
import { readCatalog } from "../src/catalog/read-catalog.ts"
import type { Catalog } from "../src/model/catalog.ts"
import { compare } from "../src/model/compare.ts"
import { recordedTexts } from "./support/recorded-texts.ts"

const ROUNDS = process.env.PGSD_TEST_FULL === "1" ? 300 : 6

let server: PostgresServer
beforeAll(async () => {
  server = await postgresServer({ users: [{ name: "reader", password: "reads" }] })
})
afterAll(() => server.close())

/** A whole schema with one number in everything; an odd number adds a table and a type. */
const state = (n: number) => `
  COMMENT ON TABLE app.t IS 'number ${n}';
  ALTER TABLE app.t ALTER a SET DEFAULT ${n};
  ALTER TABLE app.t DROP CONSTRAINT IF EXISTS c, ADD CONSTRAINT c CHECK (a > ${n}) NOT VALID;
  DROP INDEX IF EXISTS app.i; CREATE INDEX i ON app.t (a) WHERE a > ${n};
  CREATE OR REPLACE VIEW app.v AS SELECT a + ${n} AS a FROM app.t;
  CREATE OR REPLACE FUNCTION app.f() RETURNS int LANGUAGE sql AS 'SELECT ${n}';
  ALTER SEQUENCE app.s MAXVALUE ${n};
  DROP TABLE IF EXISTS app.odd; DROP TYPE IF EXISTS app.mood;
  ${n % 2 === 1 ? `CREATE TYPE app.mood AS ENUM ('${n}'); CREATE TABLE app.odd (m app.mood DEFAULT '${n}')` : ""}`

/** The numbers in a catalog: more than one means a mix of two states. */
function numbersIn({ objects }: Catalog): number[] {
  const texts = objects
    .filter(({ schema }) => schema === "app")
    .map(({ kind, comment, facts }) => JSON.stringify([comment, kind === "sequence" ? facts.maximum : facts]))
  return [...new Set(texts.flatMap((text) => [...text.matchAll(/\b1\d{5}\b/g)].map(([number]) => Number(number))))]
}

test(
  `DDL in another session, wherever it comes: one state or PGSD_SCHEMA_CHANGING, never half of two (${ROUNDS} readings)`,
  async () => {
    await server.sql("CREATE SCHEMA app; CREATE TABLE app.t (a int); CREATE SEQUENCE app.s")
    await server.sql(state(100_000))
    const other = await pgDriver().connect(server.target())
    const reader = await pgDriver().connect(server.target({ user: "reader", password: "reads" }))
    onTestFinished(async () => {
      await Promise.all([other.close(), reader.close()])
    })
    const random: Random = seededRandom()
    let [n, under] = [100_000, Promise.resolve() as Promise<unknown>]
    let changes = 0
    // It waits for what the reader has locked, and the reader may wait for it: then it gives up.
    const change = async () => {
      const next = n + 1
      await other.query(`BEGIN; SET LOCAL lock_timeout = '100ms'; ${state(next)}; COMMIT`).then(
        () => {
          n = next
          changes++
        },
        async (error: unknown) => {
          await other.query("ROLLBACK")
          if (!isPgsdError(error) || error.sqlState !== "55P03") throw error
        },
      )
    }
    const outcomes = { read: 0, changing: 0 }
    for (let round = 0; round < ROUNDS; round++) {
      // The first reading is undisturbed, the second disturbed at every other statement, so that both outcomes are certain to occur.
      const likelihood = round < 2 ? round / 2 : random.next() ** 3 / 2
      const { recorded } = recordedTexts(reader, async () => {
        if (random.next() >= likelihood) return
        await under
        under = change()
        if (random.next() < 0.5) await under
      })
      const where = `round ${round}, seed ${random.seed}`
      const catalog = await readCatalog(createDatabaseConnector(recorded)).catch((error: unknown) => error)
      await under
      if (catalog instanceof Error) {
        expect(catalog, where).toMatchObject({ code: "PGSD_SCHEMA_CHANGING" })
        outcomes.changing++
        continue
      }
      const numbers = numbersIn(catalog as Catalog)
      expect(numbers, where).toHaveLength(1)
      const extra = (catalog as Catalog).objects.some(({ schema, name }) => schema === "app" && name === "odd")
      expect(extra, where).toBe(numbers[0]! % 2 === 1)
      outcomes.read++
    }
    expect(outcomes.read, `seed ${random.seed}`).toBeGreaterThan(0)
    expect(changes, `seed ${random.seed}`).toBeGreaterThan(0)
    // The final state is read undisturbed.
    const last = await readCatalog(createDatabaseConnector(reader))
    expect(numbersIn(last)).toEqual([n])
    expect(compare(last, await readCatalog(createDatabaseConnector(reader))).differences).toEqual([])
  },
  ROUNDS * 10_000,
)
