import { type FakeDriver, fakeDriver } from "@pgsd/testing"

/**
 * The server of profile `test`: an empty, simulated PostgreSQL 18. Every command runs through the real packages and touches no network, no file and
 * no process.
 */
export function mockDriver(): FakeDriver {
  const driver = fakeDriver({ name: "mock" })
  driver.answer(/AS backend_pid/, ({ connection: { info, serverParameters } }) => [
    {
      version_text: `PostgreSQL ${serverParameters.server_version} (mock)`,
      version_number: null,
      aurora: false,
      rds: false,
      cloudsql: false,
      azure: false,
      supabase: false,
      neon: false,
      alloydb: null,
      cockroachdb: null,
      add_ons: [],
      backend_pid: info.processId,
      database: info.database,
      database_oid: 1,
      database_limit: -1,
      role_limit: -1,
      valid_until: null,
      max_connections: "100",
      superuser_reserved: "3",
      reserved: "0",
      statement_timeout: "0",
      lock_timeout: "0",
      idle_timeout: "0",
      extra_float_digits: "1",
      interval_style: "postgres",
      may_read_identifier: false,
    },
  ])
  driver.answer(/AS report/, ({ connection: { info } }) => [{ report: permissionsOf(info.user, info.database) }])
  driver.answer(/AS of_role/, ({ connection: { info } }) => [
    { role: info.user, database: info.database, total: 0, of_both: 0, of_role: 0, of_database: 0, hidden: 0 },
  ])
  driver.answer(/AS fence/, [{ fence: "empty" }])
  return driver
}

/** A role with CONNECT, and a database without schemas. */
function permissionsOf(role: string, database: string) {
  const attributes = { superuser: false, createDatabase: false, createRole: false, replication: false, bypassRowSecurity: false }
  return {
    role: { name: role, sessionUser: role, bootstrap: false, inherit: true, ...attributes },
    memberships: [],
    database: { name: database, owner: "nobody", owned: false, connect: true, create: false, temporary: true, createGrants: [] },
    schemas: [],
    definers: { names: [], count: 0 },
    hiddenMappings: 0,
    hiddenSubscriptions: 0,
    readerExists: false,
    systemIdentifier: null,
    readOnly: { transaction: false, byDefault: true, standby: false },
  }
}
