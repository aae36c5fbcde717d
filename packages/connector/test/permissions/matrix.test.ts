import { createDatabaseConnector, type DatabaseConnector, type PermissionReport } from "@pgsd/connector"
import { quoteIdentifier } from "@pgsd/driver"
import { pgDriver } from "@pgsd/driver-pg"
import { availableVersions, type PostgresServer, postgresServer } from "@pgsd/testing/server"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { BEYOND_NEED } from "./set-ups/beyond-need.ts"
import { HIDDEN } from "./set-ups/hidden.ts"
import { LACKING } from "./set-ups/lacking.ts"
import type { ExpectedReport, RoleSetUp } from "./set-ups/role-set-up.ts"

const APP = `
  CREATE SCHEMA app;
  CREATE TABLE app.orders (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, note text DEFAULT 'none' CHECK (note <> ''));
  CREATE INDEX orders_note ON app.orders (note);
  CREATE VIEW app.totals AS SELECT count(*) AS n FROM app.orders;
  CREATE FUNCTION app.twice(n int) RETURNS int LANGUAGE sql AS 'SELECT 2 * n';
  ALTER SCHEMA app OWNER TO :owner; ALTER TABLE app.orders OWNER TO :owner; ALTER VIEW app.totals OWNER TO :owner;`

// Every definition that a comparison reads: a difference between two roles would be a false difference.
const DIGEST = `
  SELECT pg_catalog.md5(pg_catalog.string_agg(d, E'\\n' ORDER BY d)) AS digest FROM (
    SELECT pg_catalog.format('%s %s %s %s', c.oid, a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod), pg_catalog.pg_get_expr(x.adbin, x.adrelid)) AS d
    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
      LEFT JOIN pg_catalog.pg_attrdef x ON x.adrelid = c.oid AND x.adnum = a.attnum WHERE c.relnamespace >= 16384
    UNION ALL SELECT pg_catalog.pg_get_constraintdef(oid) FROM pg_catalog.pg_constraint WHERE connamespace >= 16384
    UNION ALL SELECT pg_catalog.pg_get_viewdef(oid) FROM pg_catalog.pg_class WHERE relkind IN ('v', 'm') AND relnamespace >= 16384
    UNION ALL SELECT pg_catalog.pg_get_indexdef(indexrelid) FROM pg_catalog.pg_index JOIN pg_catalog.pg_class ON pg_class.oid = indexrelid WHERE relnamespace >= 16384
    UNION ALL SELECT pg_catalog.pg_get_functiondef(oid) FROM pg_catalog.pg_proc WHERE pronamespace >= 16384) definitions`

describe.each(availableVersions())("the permission report on PostgreSQL %i", (version) => {
  let server: PostgresServer
  const driver = pgDriver()
  beforeAll(async () => {
    server = await postgresServer({ version, hba: ["local all all trust", "host all all 127.0.0.1/32 trust"] })
    await server.sql("CREATE DATABASE shared")
  })
  afterAll(() => server.close())

  const cases = [...LACKING, ...HIDDEN, ...BEYOND_NEED]
    .map((each, index) => ({ ...each, index }))
    .filter((each) => (each.from ?? 0) <= version)

  test.each(cases.map((each) => [each.fact, each] as const))("%s", async (_, setUp) => {
    const place = await prepared(server, setUp, setUp.index)
    const connect = async (user: string) => createDatabaseConnector(await driver.connect(server.target({ user, database: place.database })))
    const user = setUp.as === "superuser" ? server.user : place.reader
    const asked = {
      schemas: (setUp.schemas ?? ["app"]).map(place.renamed),
      require: setUp.require,
      requireLeastPrivilege: setUp.requireLeastPrivilege,
    }
    const db = await connect(user)
    try {
      if (setUp.later !== undefined) await server.sql(place.filled(setUp.later), { database: place.database })
      if (setUp.session !== undefined) await db.query(place.filled(setUp.session))
      const report = await db.checkPermissions(asked)
      expect(summary(report, setUp.expect)).toEqual(place.filledIn(setUp.expect))
      const before = await digestOf(db)

      if (report.grants.length > 0) {
        await server.sql(report.grants.join("\n"), { database: place.database })
        const granted = await db.checkPermissions(asked)
        expect(granted.grants, "nothing is left to grant").toEqual([])
        expect(granted.sufficientFor.usageAndSelect).toBe(report.missingSchemas.length === 0)
      }
      if (report.revokes.length > 0) {
        await server.sql(report.revokes.join("\n"), { database: place.database })
        const fresh = await connect(user)
        const audited = await fresh.checkPermissions(asked)
        expect(withLevel(audited, ["warn", "fail"]), "no right too many is left").toEqual([])
        expect(withLevel(audited, ["info"])).toEqual(setUp.expect.staysAfterRevokes ?? withLevel(report, ["info"]))
        expect(await digestOf(fresh), "the definitions are read as before").toBe(before)
        await fresh.close()
      }
      if (report.separateRole.length > 0) {
        await server.sql(report.separateRole.join("\n"), { database: place.database })
        const reader = await connect("pgsd_reader")
        const audited = await reader.checkPermissions(asked)
        expect(audited.sufficientFor).toEqual({ catalogReading: true, usageAndSelect: true })
        expect(withLevel(audited, ["warn", "fail"])).toEqual([])
        expect(await digestOf(reader), "the definitions are read as before").toBe(before)
        await reader.close()
      }
    } finally {
      await db.close()
    }
  })

  test("no check has left an ERROR in the server's log", async () => {
    const db = createDatabaseConnector(await driver.connect(server.target()))
    const before = server.logs().length
    await db.checkPermissions()
    await db.verifySchemaAccess("nowhere")
    await db.getVersion()
    await db.getFlavour()
    await db.close()
    expect(server.logs().slice(before)).not.toMatch(/ERROR|FATAL|WARNING/)
  })
})

async function digestOf(db: DatabaseConnector): Promise<unknown> {
  return (await db.one<{ digest: string }>(DIGEST)).digest
}

/** Separate roles and schema for one set-up, and a database where necessary. */
async function prepared(server: PostgresServer, setUp: RoleSetUp, index: number) {
  const n = String(index)
  const database = setUp.ownDatabase === true ? `own_${n}` : "shared"
  const roles = { reader: `re"ader ${n}`, owner: `owner_${n}`, group: `group_${n}`, other: `other_${n}` }
  const renamed = (text: string) => text.replaceAll(/\bapp\b/g, `app_${n}`)
  const filled = (text: string) =>
    renamed(text)
      .replaceAll(/:(reader|owner|group|other)\b/g, (_, role: keyof typeof roles) => quoteIdentifier(roles[role]))
      .replaceAll(/:database\b/g, quoteIdentifier(database))
      .replaceAll(/:n\b/g, n)
  if (setUp.ownDatabase === true) await server.sql(`CREATE DATABASE ${database}`)
  const roleTexts = [`:reader LOGIN ${setUp.attributes ?? ""}`, ":owner", ":group", ":other"].map((each) => `CREATE ROLE ${each}`)
  const reads =
    "GRANT USAGE ON SCHEMA app TO :reader; GRANT SELECT ON ALL TABLES IN SCHEMA app TO :reader; GRANT SELECT ON ALL SEQUENCES IN SCHEMA app TO :reader"
  const steps = [...roleTexts, APP, ...(setUp.reads === true ? [reads] : [])]
  await server.sql(filled(steps.join("; ")), { database })
  if (setUp.sql !== undefined) await server.sql(filled(setUp.sql), { database })
  // The library quotes every name.
  const statement = (text: string) =>
    filled(text.replace(/\b(IN SCHEMA|ON SCHEMA) (app|public)\b/g, '$1 "$2"').replace("app.orders", '"app"."orders"'))
  const filledIn = (expected: ExpectedReport) =>
    Object.fromEntries(
      Object.entries(expected)
        .filter(([key]) => key !== "staysAfterRevokes")
        .map(([key, value]) => [key, ["grants", "revokes", "futureGrants"].includes(key) ? (value as string[]).map(statement) : value]),
    )
  return { database, reader: roles.reader, renamed, filled, filledIn }
}

/** The report, reduced to what the expectation covers. */
function summary(report: PermissionReport, expected: ExpectedReport): Record<string, unknown> {
  const [schema] = report.schemas
  const named = (list: { readonly names: readonly string[]; readonly count: number } | undefined) =>
    list === undefined ? [] : [...list.names, ...(list.count > list.names.length ? [`+${list.count - list.names.length}`] : [])]
  const all: Record<string, unknown> = {
    usage: report.usage,
    select: report.select,
    findings: withLevel(report, ["ok", "info", "warn", "fail"]),
    lacking: named(schema?.lacking),
    writable: named(schema?.writable),
    rowSecurity: named(schema?.rowSecurity),
    failingViews: named(schema?.failingViews),
    grants: report.grants,
    revokes: report.revokes,
    futureGrants: report.futureGrants,
  }
  const asked = Object.fromEntries(Object.entries(all).filter(([key]) => key in expected))
  return {
    ...asked,
    ...(report.ok ? {} : { ok: false }),
    ...(report.sufficientFor.catalogReading ? {} : { catalogReading: false }),
    ...(report.separateRole.length > 0 && { separateRole: true }),
  }
}

function withLevel(report: PermissionReport, levels: readonly string[]): string[] {
  return report.findings.filter((each) => levels.includes(each.level)).map((each) => `${each.level} ${each.id}`)
}
