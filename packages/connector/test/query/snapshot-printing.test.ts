import { createDatabaseConnector } from "@pgsd/connector"
import { availableVersions, type PostgresServer, postgresServer } from "@pgsd/testing/server"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { socketDriver } from "../support/subjects.ts"

const ODD = {
  standard_conforming_strings: "off",
  TimeZone: "Asia/Tokyo",
  DateStyle: "SQL, DMY",
  IntervalStyle: "iso_8601",
  bytea_output: "escape",
  extra_float_digits: "-4",
  quote_all_identifiers: "on",
}

const DEFINITIONS = `CREATE TABLE printed (
  at timestamptz CONSTRAINT c_at CHECK (at > '2024-03-04 05:06:07+00'), day date CONSTRAINT c_day CHECK (day > '2024-03-04'),
  pause interval CONSTRAINT c_pause CHECK (pause < '1 day 02:03:04'), raw bytea CONSTRAINT c_raw CHECK (raw <> E'\\\\x00ff'),
  ratio float8 CONSTRAINT c_ratio CHECK (ratio > '0.1'), price money CONSTRAINT c_price CHECK (price > '1.50'))`

const PRINTED = `SELECT pg_catalog.pg_get_constraintdef(c.oid) AS definition FROM pg_catalog.pg_constraint AS c
  WHERE c.contype = 'c' AND c.conname ~ '^c_' ORDER BY c.conname`

describe.each(availableVersions())("definitions printed in a snapshot on PostgreSQL %i", (version) => {
  let server: PostgresServer
  beforeAll(async () => {
    server = await postgresServer({ version })
    await server.sql("CREATE DATABASE plain")
    await server.sql("CREATE DATABASE odd")
    for (const [name, value] of Object.entries(ODD)) await server.sql(`ALTER DATABASE odd SET ${name} = '${value}'`)
  })
  afterAll(() => server.close())

  const printed = async (database: string) => {
    const db = createDatabaseConnector(await socketDriver("pg").connect(server.target({ database })))
    try {
      const { rows: outside } = await db.query(PRINTED)
      return { outside, inside: (await db.readOnlySnapshot((snapshot) => snapshot.query(PRINTED))).rows }
    } finally {
      await db.close()
    }
  }

  test("do not depend on the settings of the database", async () => {
    for (const database of ["plain", "odd"]) await server.sql(DEFINITIONS, { database })
    const [plain, odd] = [await printed("plain"), await printed("odd")]
    expect(odd.outside, "the settings do something").not.toEqual(plain.outside)
    expect(odd.inside).toHaveLength(6)
    expect(odd.inside).toEqual(plain.inside)
  })

  test("differ where those settings would print the same", async () => {
    const checks = (backslash: string, ratio: string) => `DROP TABLE IF EXISTS printed;
      CREATE TABLE printed (
      s text CONSTRAINT c_s CHECK (s <> E'${backslash}'), ratio float8 CONSTRAINT c_ratio CHECK (ratio > '${ratio}'::float8))`
    await server.sql(checks("a\\\\b", "0.1"), { database: "odd" })
    await server.sql(checks("a\\\\\\\\b", "0.10000000000000003"), { database: "plain" })
    const [plain, odd] = [await printed("plain"), await printed("odd")]
    for (const at of [0, 1]) expect(odd.inside[at]).not.toEqual(plain.inside[at])
  })
})
