import { type ClassifyContext, DatabaseConnectionError, isFatal, PgsdError, place, QueryError, toPgsdError } from "@pgsd/driver"
import { describe, expect, test } from "vitest"

const AT = { driver: "pg", host: "db.test", port: 5433, user: "app", database: "d" } satisfies ClassifyContext
const system = (code: string, message = `connect ${code}`) => Object.assign(new Error(message), { code })
const server = (code: string, more: object = {}) => Object.assign(new Error("server text"), { severity: "ERROR", code, ...more })

describe("errors of the system and of TLS, by code", () => {
  test.each<[code: string, expected: string, retryable: boolean]>([
    ["ECONNREFUSED", "PGSD_CONNECTION_REFUSED", true],
    ["ECONNRESET", "PGSD_CONNECTION_LOST", true],
    ["EPIPE", "PGSD_CONNECTION_LOST", true],
    ["ETIMEDOUT", "PGSD_CONNECT_TIMEOUT", true],
    ["ENETUNREACH", "PGSD_HOST_UNREACHABLE", true],
    ["ENOTFOUND", "PGSD_DNS_FAILED", true],
    ["EAI_AGAIN", "PGSD_DNS_FAILED", true],
    ["EAI_SYSTEM", "PGSD_DNS_FAILED", true],
    ["ESERVFAIL", "PGSD_DNS_FAILED", true],
    ["EAGAIN", "PGSD_CONNECTION_REFUSED", true],
    ["EAFNOSUPPORT", "PGSD_HOST_UNREACHABLE", true],
    ["ENOTDIR", "PGSD_SOCKET_NOT_FOUND", true],
    ["UNSPECIFIED", "PGSD_TLS_UNTRUSTED", false],
    ["ENOENT", "PGSD_SOCKET_NOT_FOUND", true],
    ["EACCES", "PGSD_SOCKET_DENIED", false],
    ["EMFILE", "PGSD_OUT_OF_RESOURCES", true],
    ["ENOSPC", "PGSD_OUT_OF_RESOURCES", true],
    ["EDQUOT", "PGSD_OUT_OF_RESOURCES", true],
    ["CERT_HAS_EXPIRED", "PGSD_TLS_UNTRUSTED", false],
    ["CERT_REVOKED", "PGSD_TLS_UNTRUSTED", false],
    ["DEPTH_ZERO_SELF_SIGNED_CERT", "PGSD_TLS_UNTRUSTED", false],
    ["ERR_TLS_CERT_ALTNAME_INVALID", "PGSD_TLS_HOSTNAME", false],
    ["ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION", "PGSD_TLS_FAILED", false],
    ["EPROTO", "PGSD_TLS_FAILED", false],
    ["ESOMETHING", "PGSD_UNKNOWN", false],
  ])("%s", (code, expected, retryable) => {
    const cause = system(code)
    const error = toPgsdError(cause, { ...AT, phase: "tcp" })
    expect(error).toBeInstanceOf(DatabaseConnectionError)
    expect(error).toMatchObject({ code: expected, retryable, cause, phase: "tcp", ...AT })
    expect(error.message).toContain(`db.test:5433: connect ${code}`)
    expect(error.sqlState).toBeUndefined()
  })
})

describe("server errors by SQLSTATE: the state first, then its class", () => {
  test.each<[sqlState: string, expected: string, retryable: boolean]>([
    ["23505", "PGSD_CONSTRAINT_VIOLATION", false],
    ["25006", "PGSD_READ_ONLY", false],
    ["25P02", "PGSD_TRANSACTION_FAILED", false],
    ["40001", "PGSD_SERIALIZATION_FAILURE", true],
    ["40P01", "PGSD_DEADLOCK", true],
    ["42501", "PGSD_PERMISSION_DENIED", false],
    ["42P01", "PGSD_QUERY_FAILED", false],
    ["53100", "PGSD_OUT_OF_RESOURCES", true],
    ["53300", "PGSD_TOO_MANY_CONNECTIONS", true],
    ["55P03", "PGSD_LOCK_TIMEOUT", true],
    ["57014", "PGSD_QUERY_CANCELED", false],
    ["57P03", "PGSD_SERVER_NOT_READY", true],
    ["58030", "PGSD_OUT_OF_RESOURCES", true],
    ["28P01", "PGSD_AUTH_FAILED", false],
    ["3D000", "PGSD_DATABASE_NOT_FOUND", false],
    ["XX000", "PGSD_QUERY_FAILED", false],
    ["P0001", "PGSD_QUERY_FAILED", false],
  ])("%s", (sqlState, expected, retryable) => {
    const cause = server(sqlState)
    const error = toPgsdError(cause, { label: "source" })
    expect(error).toBeInstanceOf(QueryError)
    expect(error).toMatchObject({ code: expected, retryable, sqlState, cause, label: "source", message: "server text" })
  })

  test.each(["57P01", "57P02", "57P05", "25P03", "08006"])("%s ends the session", (sqlState) => {
    const error = toPgsdError(server(sqlState, { severity: "FATAL" }), AT)
    expect(error).toMatchObject({ code: "PGSD_CONNECTION_LOST", retryable: true, sqlState })
    expect(error).toBeInstanceOf(DatabaseConnectionError)
  })

  test.each(["08006", "08001", "08P01", "57P01"])(
    "%s at severity ERROR is the statement's: only FATAL and PANIC end a session",
    (sqlState) => {
      const error = toPgsdError(server(sqlState), AT)
      expect(error).toBeInstanceOf(QueryError)
      expect(error).toMatchObject({ code: "PGSD_QUERY_FAILED", retryable: false, sqlState })
      expect(isFatal(error)).toBe(false)
      expect(isFatal(toPgsdError(server(sqlState, { severity: "FATAL" }), AT))).toBe(true)
    },
  )

  test("while connecting, every error is a connection error with phase and address", () => {
    const error = toPgsdError(server("28P01", { severity: "FATAL" }), { ...AT, phase: "auth" })
    expect(error).toBeInstanceOf(DatabaseConnectionError)
    expect(error).toMatchObject({ code: "PGSD_AUTH_FAILED", phase: "auth", sqlState: "28P01", severity: "FATAL", host: "db.test" })
    expect(error.message).toBe("db.test:5433: server text (check user, password and the server's pg_hba.conf)")
  })

  test("the server's hint precedes ours", () => {
    expect(toPgsdError(server("28000", { hint: "ask the admin" }), { ...AT, phase: "auth" })).toMatchObject({ hint: "ask the admin" })
  })
})

test("reads the field names of pg and of postgres.js", () => {
  const expected = { severity: "ERROR", detail: "d", position: 8, schema: "s", table: "t", column: "c", dataType: "y", constraint: "k" }
  const pg = { detail: "d", position: "8", schema: "s", table: "t", column: "c", dataType: "y", constraint: "k" }
  const postgres = {
    severity_local: "FEHLER",
    detail: "d",
    position: "8",
    schema_name: "s",
    table_name: "t",
    column_name: "c",
    type_name: "y",
    constraint_name: "k",
  }
  expect(toPgsdError(server("23514", pg))).toMatchObject(expected)
  expect(toPgsdError(server("23514", postgres))).toMatchObject(expected)
})

describe("a SQLSTATE is not recognised by its format alone", () => {
  test.each(["EPIPE", "42P01", "57P01", "23505"])("an error with code %s and no severity is not a server error", (code) => {
    const error = toPgsdError(system(code), AT)
    expect(error.sqlState).toBeUndefined()
    expect(error.code).toBe(code === "EPIPE" ? "PGSD_CONNECTION_LOST" : "PGSD_UNKNOWN")
  })
})

describe("aggregate errors", () => {
  const several = (...errors: unknown[]) => new AggregateError(errors, "")

  test("the first of several attempts counts: Node's AggregateError has an empty message", () => {
    const cause = several(system("ECONNREFUSED", "connect ECONNREFUSED ::1:5433"), system("ENETUNREACH"))
    const error = toPgsdError(cause, { ...AT, phase: "tcp" })
    expect(error).toMatchObject({ code: "PGSD_CONNECTION_REFUSED", cause })
    expect(error.message).toContain("connect ECONNREFUSED ::1:5433")
  })

  test("nested aggregates", () => {
    expect(toPgsdError(several(several(system("EMFILE"))))).toMatchObject({ code: "PGSD_OUT_OF_RESOURCES" })
  })

  test("a nested PgsdError is returned unchanged", () => {
    const own = new PgsdError("PGSD_DEADLOCK", "x", { retryable: true })
    expect(toPgsdError(several(own))).toBe(own)
  })

  test("an empty aggregate", () => {
    expect(toPgsdError(several(), AT)).toMatchObject({ code: "PGSD_UNKNOWN", message: "db.test:5433: an error without a text" })
  })
})

test("a PgsdError is returned unchanged", () => {
  const own = new PgsdError("PGSD_UNKNOWN", "x")
  expect(toPgsdError(own, AT)).toBe(own)
})

test.each([undefined, null, "text", 42, {}, Symbol("x")])("any thrown value becomes an error: %s", (thrown) => {
  const error = toPgsdError(thrown, AT)
  expect(error).toMatchObject({ code: "PGSD_UNKNOWN", retryable: false })
  expect(error.message).toBe("db.test:5433: an error without a text")
})

describe("the address in the message", () => {
  test.each<[what: string, context: ClassifyContext, text: string]>([
    ["a name", { host: "db", port: 1 }, "db:1"],
    ["the default port", { host: "db" }, "db:5432"],
    ["IPv6", { host: "::1" }, "[::1]:5432"],
    ["a Unix socket", { host: "/tmp" }, "/tmp/.s.PGSQL.5432"],
    ["an abstract one", { host: "@pg" }, "@pg/.s.PGSQL.5432"],
    ["with a label", { host: "db", label: "source" }, "source (db:5432)"],
    ["with a label that says it already", { host: "db", label: "db:5432/app" }, "db:5432"],
    ["a label alone", { label: "source" }, "source"],
    ["a driver alone", { driver: "pglite" }, "pglite"],
    ["nothing", {}, "connection"],
  ])("%s", (_what, context, text) => expect(place(context)).toBe(text))
})
