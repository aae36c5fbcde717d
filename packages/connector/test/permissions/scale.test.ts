import { createDatabaseConnector } from "@pgsd/connector"
import { faultProxy } from "@pgsd/testing/proxy"
import { postgresServer } from "@pgsd/testing/server"
import { expect, test } from "vitest"
import { socketDriver } from "../support/subjects.ts"

const TABLES = 10_000

test(`${TABLES} tables: the permissions of all in one round trip, within a second`, async ({ annotate }) => {
  await using server = await postgresServer({
    hba: ["local all all trust", "host all all 127.0.0.1/32 trust"],
    settings: { max_locks_per_transaction: 1_024 },
  })
  await server.sql(`
    CREATE ROLE reader LOGIN; CREATE SCHEMA app;
    DO $$ BEGIN FOR n IN 1..${TABLES} LOOP EXECUTE 'CREATE TABLE app.t' || n || ' (id int, note text)'; END LOOP; END $$;
    GRANT USAGE ON SCHEMA app TO reader; GRANT SELECT ON ALL TABLES IN SCHEMA app TO reader;
    REVOKE SELECT ON app.t1 FROM reader; GRANT INSERT ON app.t2 TO reader`)
  await server.sql("ANALYZE")
  await using proxy = await faultProxy({ host: server.host, port: server.port })
  const connection = await socketDriver("pg").connect(server.target({ host: proxy.host, port: proxy.port, user: "reader" }))
  const db = createDatabaseConnector(connection)
  await db.checkPermissions({ schemas: ["pg_catalog"] })

  const took: number[] = []
  for (let round = 0; round < 3; round++) {
    const [trips, started] = [proxy.roundTrips, performance.now()]
    const report = await db.checkPermissions()
    took.push(performance.now() - started)
    expect(proxy.roundTrips - trips).toBe(1)
    const app = report.schemas.find((schema) => schema.name === "app")!
    expect(app).toMatchObject({ relations: { total: TABLES }, lacking: { names: ["t1"], count: 1 }, writable: { names: ["t2"], count: 1 } })
  }
  await annotate(
    `checkPermissions over ${TABLES} tables: ${took.map((ms) => Math.round(ms)).join(", ")} ms, one round trip each`,
    "measurement",
  )
  expect(Math.min(...took)).toBeLessThan(1_000)
  await db.close()
}, 120_000)
