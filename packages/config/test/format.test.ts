import { inspect } from "node:util"
import fc from "fast-check"
import { expect, test } from "vitest"
import { formatConnectionString, PARAMETERS, type Parameters, parseConnectionString } from "../src/index.ts"
import { failureOf } from "./support/failure.ts"

const anyText = fc.string({ unit: "grapheme", maxLength: 12 }).filter((text) => !text.includes("\0"))
const trap = fc.constantFrom(
  "",
  " ",
  "a b",
  "'",
  "\\",
  "a=b",
  "a,b",
  "::1",
  "/tmp",
  "@x",
  "%",
  "ü",
  "🐘",
  "\n",
  "host=x",
  "fe80::1%eth0",
  ",",
)
const parameters: fc.Arbitrary<Parameters> = fc.dictionary(
  fc.constantFrom(...PARAMETERS.map(({ name }) => name)),
  fc.oneof(anyText, trap),
  { maxKeys: 8 },
)

test.each(["uri", "keywords"] as const)("parsing a formatted string gives the same parameters (%s)", (as) => {
  fc.assert(
    fc.property(parameters, (values) => {
      const text = formatConnectionString(values, { as, secrets: "include" })
      expect({ ...parseConnectionString(text) }).toEqual({ ...values })
    }),
    { numRuns: 2_000 },
  )
})

test("the usual case is readable in both forms", () => {
  const values = { user: "ü", password: "p@ss/w", host: "::1", port: "5433", dbname: "db", sslmode: "verify-full" }
  expect(formatConnectionString(values, { secrets: "include" })).toBe("postgresql://%C3%BC:p%40ss%2Fw@[::1]:5433/db?sslmode=verify-full")
  expect(formatConnectionString(values, { as: "keywords", secrets: "omit" })).toBe(
    "user=ü dbname=db host=::1 port=5433 sslmode=verify-full",
  )
  expect(formatConnectionString({ host: "/tmp", dbname: "db" })).toBe("postgresql://%2Ftmp/db")
  expect(formatConnectionString({})).toBe("postgresql://")
})

test("a password is written only on request, whichever parameter it is", () => {
  for (const { name, secret } of PARAMETERS.filter((each) => each.secret)) {
    expect(secret).toBe(true)
    const error = failureOf(() => formatConnectionString({ host: "h", [name]: "S3CRET" }))
    expect(error.message).toBe(
      `a connection string would show the ${name}\nhint: pass { secrets: "omit" } to leave it out or { secrets: "include" } to write it`,
    )
    expect(formatConnectionString({ host: "h", [name]: "S3CRET" }, { secrets: "omit" })).toBe("postgresql://h")
    expect(formatConnectionString({ host: "h", [name]: "S3CRET" }, { secrets: "include" })).toContain("S3CRET")
  }
})

test("what cannot be written is refused, not changed", () => {
  const broken: readonly [Record<string, unknown>, object, string][] = [
    [{ hots: "h" }, {}, 'invalid connection option "hots"'],
    [{ port: 5432 }, {}, 'the value of "port" is not a string'],
    [{ user: "a\0b" }, {}, 'the value of "user" contains a zero byte'],
    [{ user: "\ud800" }, {}, 'the value of "user" contains an unpaired surrogate'],
    [{ user: "u" }, { secret: "omit" }, 'unknown option of formatConnectionString "secret"'],
    [{ user: "u" }, { as: "dsn" }, "as must be one of uri, keywords"],
  ]
  for (const [values, options, message] of broken)
    expect(failureOf(() => formatConnectionString(values as Parameters, options)).message.split("\n")[0]).toBe(message)
})

test("parsed parameters are plain strings, and neither inspect nor JSON shows a password", () => {
  const parsed = parseConnectionString("postgres://u:S3CRET@h/db?sslpassword=S3CRET")
  expect(parsed.password).toBe("S3CRET")
  expect(Object.keys(parsed)).toEqual(["user", "password", "host", "dbname", "sslpassword"])
  for (const shown of [inspect(parsed, { showHidden: true, depth: Number.POSITIVE_INFINITY }), JSON.stringify(parsed)]) {
    expect(shown).toContain("[secret]")
    expect(shown).not.toContain("S3CRET")
  }
})
