import { expect, test } from "vitest"
import { type ConnectionLiteral, toConnectionConfig } from "../src/index.ts"

const SECRET = "hunter2"
const literal: ConnectionLiteral = { host: "db", user: "u" }

test.each(["host", "user", "database"] as const)("a connection string as the %s is refused without a word of it", (name) => {
  for (const value of [`postgresql://u:${SECRET}@h/x`, ` postgres://u:${SECRET}@h`, `host=h password=${SECRET}`]) {
    const message = `the ${name} of a connection is a connection string`
    expect(() => toConnectionConfig({ ...literal, [name]: value })).toThrow(
      expect.objectContaining({ code: "PGSD_INVALID_TARGET", message }),
    )
  }
  expect(toConnectionConfig({ ...literal, database: "a=b:postgres" }).database).toBe("a=b:postgres")
})
