import { inspect } from "node:util"
import { DatabaseConnectionError, isFatal, isPgsdError, isRetryable, PgsdError, QueryError } from "@pgsd/driver"
import { describe, expect, test, vi } from "vitest"

test("an error has only the properties that were set", () => {
  const error = new DatabaseConnectionError("PGSD_AUTH_FAILED", "db:5432: no", { phase: "auth", host: "db", sqlState: "28P01" })
  expect({ ...error }).toEqual({ code: "PGSD_AUTH_FAILED", retryable: false, sqlState: "28P01", phase: "auth", host: "db" })
  expect(error.name).toBe("DatabaseConnectionError")
  expect(String(error)).toBe("DatabaseConnectionError: db:5432: no")
  expect(inspect(error)).not.toContain("undefined")
  expect("cause" in error).toBe(false)
})

test("the cause is kept unchanged", () => {
  const cause = new Error("below")
  expect(new PgsdError("PGSD_UNKNOWN", "above", { cause }).cause).toBe(cause)
})

describe("instanceof", () => {
  const error = new QueryError("PGSD_QUERY_FAILED", "x")
  test.each([
    ["its own class", error instanceof QueryError, true],
    ["its base", error instanceof PgsdError, true],
    ["Error", error instanceof Error, true],
    ["a sister", error instanceof DatabaseConnectionError, false],
    ["a base for a derived class", new PgsdError("PGSD_UNKNOWN", "x") instanceof QueryError, false],
    ["a look-alike", { code: "PGSD_UNKNOWN", retryable: true } instanceof PgsdError, false],
  ])("%s", (_what, is, expected) => expect(is).toBe(expected))

  test("a subclass in another package needs no extra code", () => {
    class PoolError extends PgsdError {
      static override readonly kind: string = "PoolError"
    }
    const own = new PoolError("PGSD_POOL", "x")
    expect(own instanceof PoolError).toBe(true)
    expect(own instanceof PgsdError).toBe(true)
    expect(error instanceof PoolError).toBe(false)
    expect(own.name).toBe("PoolError")
  })

  test("works across copies of the package, in both directions", async () => {
    vi.resetModules()
    const copy = await import("../src/errors.ts")
    const theirs = new copy.DatabaseConnectionError("PGSD_CONNECTION_LOST", "x", { retryable: true })
    expect(copy.PgsdError).not.toBe(PgsdError)
    expect(theirs instanceof DatabaseConnectionError).toBe(true)
    expect(theirs instanceof QueryError).toBe(false)
    expect(error instanceof copy.QueryError).toBe(true)
    expect(isPgsdError(theirs)).toBe(true)
    expect(isRetryable(theirs)).toBe(true)
    expect(isFatal(theirs)).toBe(true)
  })
})

describe("isRetryable and isFatal", () => {
  test.each<[what: string, value: unknown, retryable: boolean, fatal: boolean]>([
    ["a retryable error", new PgsdError("PGSD_DEADLOCK", "x", { retryable: true }), true, false],
    ["another", new PgsdError("PGSD_QUERY_FAILED", "x"), false, false],
    ["a lost connection", new PgsdError("PGSD_CONNECTION_LOST", "x", { retryable: true }), true, true],
    ["a closed connection", new PgsdError("PGSD_CONNECTION_CLOSED", "x"), false, true],
    ["a broken protocol", new PgsdError("PGSD_PROTOCOL_VIOLATION", "x"), false, true],
    ["FATAL", new QueryError("PGSD_QUERY_FAILED", "x", { severity: "FATAL" }), false, true],
    ["PANIC", new QueryError("PGSD_QUERY_FAILED", "x", { severity: "PANIC" }), false, true],
    ["ERROR", new QueryError("PGSD_QUERY_FAILED", "x", { severity: "ERROR" }), false, false],
    ["a foreign error", Object.assign(new Error("x"), { retryable: true, severity: "FATAL" }), false, false],
    ["nothing", undefined, false, false],
  ])("%s", (_what, value, retryable, fatal) => {
    expect({ retryable: isRetryable(value), fatal: isFatal(value) }).toEqual({ retryable, fatal })
  })
})
