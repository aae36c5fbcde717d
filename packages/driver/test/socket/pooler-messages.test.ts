import { describe, expect, test } from "vitest"
import { fromPeer } from "../../src/socket/protocol/peer-error.ts"

const fatal = (sqlState: string, message: string, severity = "FATAL") => ({ severity, sqlState, message })
const opening = (code: string, message: string) => fromPeer(fatal(code, message), undefined, { phase: "startup", host: "db", port: 6432 })

describe("connection errors of poolers are classified by whether waiting helps", () => {
  test.each([
    // PgBouncer
    ["08P01", "server login has been failing, try again later (server_login_retry)", "PGSD_SERVER_NOT_READY", true],
    ["08P01", "server login has been failing, cached error: connect failed (server_login_retry)", "PGSD_SERVER_NOT_READY", true],
    ["08P01", "pgbouncer cannot connect to server", "PGSD_SERVER_NOT_READY", true],
    ["08P01", "client_login_timeout (server down)", "PGSD_SERVER_NOT_READY", true],
    ["08P01", "query_wait_timeout", "PGSD_SERVER_NOT_READY", true],
    ["08P01", 'database "app" is disabled', "PGSD_SERVER_NOT_READY", true],
    ["08P01", "no more connections allowed (max_client_conn)", "PGSD_TOO_MANY_CONNECTIONS", true],
    ["08P01", "client connections exceeded (max_db_client_connections)", "PGSD_TOO_MANY_CONNECTIONS", true],
    ["08P01", "unsupported startup parameter: geqo", "PGSD_INVALID_TARGET", false],
    ["08P01", "unsupported startup parameter in options: work_mem", "PGSD_INVALID_TARGET", false],
    ["08P01", "no such database: nowhere", "PGSD_DATABASE_NOT_FOUND", false],
    ["08P01", "no such user: nobody", "PGSD_AUTH_FAILED", false],
    [
      "08P01",
      'server login has been failing, cached error: password authentication failed for user "x" (server_login_retry)',
      "PGSD_AUTH_FAILED",
      false,
    ],
    ["08P01", 'server login failed: FATAL database "app" does not exist', "PGSD_DATABASE_NOT_FOUND", false],
    ["08P01", "something that a later version says", "PGSD_CONNECTION_LOST", true],
    // Supavisor
    ["XX000", "Max client connections reached", "PGSD_TOO_MANY_CONNECTIONS", true],
    [
      "XX000",
      "MaxClientsInSessionMode: max clients reached - in Session mode max clients are limited to pool_size",
      "PGSD_TOO_MANY_CONNECTIONS",
      true,
    ],
    [
      "XX000",
      "(EMAXCONNSESSION) max clients reached in session mode - max clients are limited to pool_size: 15",
      "PGSD_TOO_MANY_CONNECTIONS",
      true,
    ],
    ["XX000", "(ECHECKOUTTIMEOUT) unable to check out connection from the pool after 60000ms", "PGSD_SERVER_NOT_READY", true],
    ["XX000", "Tenant or user not found", "PGSD_DATABASE_NOT_FOUND", false],
    // RDS Proxy
    ["08000", "Timed-out waiting to acquire database connection", "PGSD_SERVER_NOT_READY", true],
    ["0A000", "feature not supported: RDS Proxy currently doesn't support command-line options.", "PGSD_INVALID_TARGET", false],
    // pgcat
    ["58000", "could not get connection from the pool - AllServersDown", "PGSD_SERVER_NOT_READY", true],
    ["58000", 'No pool configured for database: "app", user: "app"', "PGSD_DATABASE_NOT_FOUND", false],
    // Odyssey
    ["08006", "odyssey: c1: failed to get remote server name", "PGSD_SERVER_NOT_READY", true],
    ["53300", "too many connections", "PGSD_TOO_MANY_CONNECTIONS", true],
  ])("%s %s", (sqlState, message, code, retryable) => {
    const error = opening(sqlState, message)
    expect(error).toMatchObject({ code, retryable, sqlState, phase: "startup" })
    expect(error.message).toContain(message)
    if (code !== "PGSD_CONNECTION_LOST") expect(error.hint).toMatch(/\w/)
  })

  test("PostgreSQL's errors about an unreadable packet stay protocol violations", () => {
    for (const text of ["invalid startup packet layout: expected terminator as last byte", "invalid frontend message type 80"])
      expect(opening("08P01", text)).toMatchObject({ code: "PGSD_PROTOCOL_VIOLATION", retryable: false })
  })

  test("PostgreSQL's own errors with those SQLSTATEs keep their meaning", () => {
    expect(opening("XX000", "could not read block 0 of relation")).toMatchObject({ code: "PGSD_QUERY_FAILED", retryable: false })
    expect(opening("0A000", "unsupported frontend protocol 3.9")).toMatchObject({ code: "PGSD_QUERY_FAILED" })
  })
})

test("a pooler that ends a session is classified alike; an ERROR of a statement is the server's", () => {
  expect(fromPeer(fatal("08P01", "query_wait_timeout"), undefined, {})).toMatchObject({
    code: "PGSD_SERVER_NOT_READY",
    retryable: true,
    severity: "FATAL",
  })
  expect(fromPeer(fatal("08P01", "bind message supplies 1 parameters", "ERROR"), undefined, {})).toMatchObject({
    code: "PGSD_QUERY_FAILED",
  })
  expect(fromPeer(fatal("XX000", "Max client connections reached", "ERROR"), undefined, {})).toMatchObject({ code: "PGSD_QUERY_FAILED" })
})

test("a message of 200 kB is matched quickly: its text comes from the peer", () => {
  const message = `server login has been failing, cached error: ${"server login failed: FATAL ".repeat(8_000)}`
  const startedAt = performance.now()
  expect(opening("08P01", message)).toMatchObject({ code: expect.stringMatching(/^PGSD_/) })
  // It took ten seconds for 20 kB when the patterns read all of it.
  expect(performance.now() - startedAt).toBeLessThan(1_000)
})
