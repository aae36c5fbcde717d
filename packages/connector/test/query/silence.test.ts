import { createDatabaseConnector, type DatabaseConnector } from "@pgsd/connector"
import { pgDriver } from "@pgsd/driver-pg"
import { checkSilences, type SilenceCalls } from "@pgsd/testing"
import { type PostgresServer, postgresServer } from "@pgsd/testing/server"
import { afterAll, beforeAll, test } from "vitest"

// Everything that a connector adds to a session, with an unresponsive server at every step: all statements are bounded.

/** Two of them report the failure as a result, not as an error. */
const CALLS: SilenceCalls<DatabaseConnector> = {
  getFlavour: (db, limits) => db.getFlavour(limits),
  checkPermissions: (db, limits) => db.checkPermissions(limits),
  verifySchemaAccess: (db, limits) => db.verifySchemaAccess("public", limits),
  // Its result is known before its last statement.
  async proveReadOnly(db, limits) {
    await db.proveReadOnly(limits)
    await db.query("SELECT 1", [], limits)
  },
  readOnlySnapshot: (db, limits) => db.readOnlySnapshot((snapshot) => snapshot.query("SELECT 1"), limits),
  async preflight(db, limits) {
    const { ok, error } = await db.preflight(limits)
    if (!ok) throw error
  },
  async testConnection(db, limits) {
    if (!(await db.testConnection(limits))) throw new Error("it is not there")
  },
}

let server: PostgresServer
beforeAll(async () => {
  server = await postgresServer()
})
afterAll(() => server?.close())

test("every operation of a connector is bounded at every step", async () => {
  const driver = pgDriver()
  await checkSilences({
    target: server.target(),
    calls: CALLS,
    async open(target, watched) {
      const connection = await driver.connect(target)
      return { subject: createDatabaseConnector(watched(connection)), end: () => connection.destroy() }
    },
  })
})
