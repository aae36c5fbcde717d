import { catalogGates, createDatabaseConnector, supportOf } from "@pgsd/connector"
import { pgliteDriver } from "@pgsd/driver-pglite"
import { fakeDriver } from "@pgsd/testing"
import { availableVersions, postgresServer } from "@pgsd/testing/server"
import { describe, expect, test } from "vitest"
import { SOCKETS, socketDriver } from "./support/subjects.ts"

describe.each(availableVersions())("a real PostgreSQL %i", (version) => {
  test("reports its version on every socket driver, without a query and without an ERROR", async () => {
    await using server = await postgresServer({ version })
    for (const name of SOCKETS) {
      const db = createDatabaseConnector(await socketDriver(name).connect(server.target()))
      const number = Number((await db.one<{ n: string }>("SELECT current_setting('server_version_num') AS n")).n)
      const reported = await db.getVersion()
      expect(reported).toMatchObject({ text: expect.stringContaining(server.serverVersion), number, major: version, flavour: "postgresql" })
      const asked = await db.getFlavour()
      expect(asked).toMatchObject({ flavour: "postgresql", addOns: [], version: { number, text: expect.stringContaining("PostgreSQL") } })
      expect(supportOf(asked.version)).toEqual({ level: "full" })
      await db.close()
    }
    expect(server.logs()).not.toMatch(/ERROR/)
  })

  test("has the catalog columns that its version gates promise, and lacks the others", async () => {
    await using server = await postgresServer({ version })
    const db = createDatabaseConnector(await socketDriver("pg").connect(server.target()))
    const gates = catalogGates(await db.getVersion())
    const has = async (table: string, column: string) =>
      (
        await db.one<{ n: number }>(
          "SELECT count(*)::int AS n FROM pg_catalog.pg_attribute WHERE attrelid = pg_catalog.to_regclass('pg_catalog.' || $1) AND attname = $2",
          [table, column],
        )
      ).n === 1
    expect({
      prokind: await has("pg_proc", "prokind"),
      partitionedConstraints: await has("pg_constraint", "conparentid"),
      generatedColumns: await has("pg_attribute", "attgenerated"),
      triggerParents: await has("pg_trigger", "tgparentid"),
      compression: await has("pg_attribute", "attcompression"),
      sqlBodies: await has("pg_proc", "prosqlbody"),
      multiranges: await has("pg_range", "rngmultitypid"),
      nullsNotDistinct: await has("pg_index", "indnullsnotdistinct"),
      publicationFilters: await has("pg_publication_rel", "prqual"),
      membershipOptions: await has("pg_auth_members", "set_option"),
      maintain: await has("pg_collation", "colllocale"),
      enforcedConstraints: await has("pg_constraint", "conenforced"),
      notNullConstraints: version >= 18,
      virtualColumns: version >= 18,
    }).toEqual(gates)
    await db.close()
  })
})

test("PGlite reports its version, with the fork in its text", async () => {
  await using driver = pgliteDriver()
  const db = createDatabaseConnector(await driver.connect())
  const { n } = await db.one<{ n: string }>("SELECT current_setting('server_version_num') AS n")
  expect(await db.getVersion()).toMatchObject({ number: Number(n) })
  expect(await db.getFlavour()).toMatchObject({ flavour: "pglite", version: { number: Number(n) } })
  await db.close()
})

describe("queries for the version (scripted)", () => {
  test("a server that reports no version is queried once", async () => {
    const fake = fakeDriver()
    fake.answer("SELECT pg_catalog.version() AS version", [{ version: "PostgreSQL 16.4 on x86_64-pc-linux-musl" }])
    const connection = await fake.connect()
    Object.defineProperty(connection, "serverParameters", { value: {} })
    const db = createDatabaseConnector(connection)
    expect((await db.getVersion()).major).toBe(16)
    expect((await db.getVersion()).major).toBe(16)
    expect(fake.queries).toHaveLength(1)
    await db.close()
  })

  test.each<[what: string, row: object, flavour: string]>([
    ["Aurora", { aurora: true, rds: true }, "aurora"],
    ["RDS", { rds: true }, "rds"],
    ["Cloud SQL", { cloudsql: true }, "cloudsql"],
    ["AlloyDB", { cloudsql: true, alloydb: "off" }, "alloydb"],
    ["Azure", { azure: true }, "azure"],
    ["Neon", { neon: true }, "neon"],
    ["Supabase", { supabase: true }, "supabase"],
    ["CockroachDB", { cockroachdb: "v24.1.0" }, "cockroachdb"],
    ["no known flavour", {}, "postgresql"],
  ])("a text of plain PostgreSQL with the marks of %s", async (_, row, flavour) => {
    const none = {
      aurora: false,
      rds: false,
      cloudsql: false,
      azure: false,
      supabase: false,
      neon: false,
      alloydb: null,
      cockroachdb: null,
    }
    const fake = fakeDriver()
    const text = "PostgreSQL 16.13 on x86_64-pc-linux-gnu, compiled by gcc, 64-bit"
    fake.answer(/version_text/, [{ ...none, version_text: text, version_number: "160013", add_ons: ["citus", "timescaledb"], ...row }])
    const db = createDatabaseConnector(await fake.connect())
    expect(await db.getFlavour()).toMatchObject({ flavour, addOns: ["citus", "timescaledb"], version: { number: 160_013, major: 16 } })
    await db.close()
  })
})
