import { describe, expect, test } from "vitest"
import { parseConnectionString, resolveConnection } from "../src/index.ts"

const resolve = (connection: string) => resolveConnection({ connection, env: {} })
const hintOf = (connection: string) =>
  resolve(connection).then(
    () => "accepted",
    (error: { hint?: string; message: string }) => {
      expect(error.message).not.toContain("secretpw")
      return error.hint
    },
  )

describe("strings for other tools get a hint that names the cause (C08)", () => {
  test.each([
    ["jdbc:postgresql://h/db?user=u&password=secretpw", "JDBC"],
    ["postgresql+asyncpg://u:secretpw@h/db", 'remove "+asyncpg"'],
    ["postgres+psycopg2://u:secretpw@h/db?sslmode=require", 'remove "+psycopg2"'],
    ['"postgresql://u:secretpw@h/db"', "quotes are part"],
    ["'postgres://u:secretpw@h/db?a=b'", "quotes are part"],
    ["\u201cpostgresql://u:secretpw@h/db\u201d", "quotes are part"],
    [" postgresql://u:secretpw@h/db", "precedes the URL"],
    ["\npostgresql://u:secretpw@h/db?sslmode=require", "precedes the URL"],
    ["POSTGRES://u:secretpw@h/db", "lower case"],
    ["postgres:/u:secretpw@h/db", "two slashes"],
    ["DATABASE_URL=postgresql://u:secretpw@h/db", "variable's name"],
    ["psql postgresql://u:secretpw@h/db", "the command"],
    ["$\u007bDATABASE_URL}", "not substituted"],
    ["undefined", "is the variable set?"],
    ["Server=h;Database=d;User Id=u;Password=secretpw", "ADO.NET"],
    ["mysql://u:secretpw@h/db", "not with mysql:"],
    ["h:5432/db", "write postgresql:// before"],
    ["postgresql://u:h:5432/?Action=connect&X-Amz-Signature=secretpw@h/db", "encodeURIComponent"],
    ["postgresql://u:sec/ret?pw#@h/db", "/ as %2F, ? as %3F"],
  ])("%s", async (connection, message) => {
    expect(await hintOf(connection)).toContain(message)
  })
})

test("a single word is a database name, as for psql -d; libpq's own parser has no such rule", async () => {
  expect((await resolve("mydb")).database).toBe("mydb")
  expect((await resolve("my-db_2")).database).toBe("my-db_2")
  expect(() => parseConnectionString("mydb")).toThrow('missing "="')
})

test("text that libpq reads as part of the last value is reported", async () => {
  const codes = async (text: string) => (await resolve(text)).warnings.map(({ code }) => code)
  for (const end of ["\n", '"', ";"]) expect(await codes(`postgresql://h/db${end}`)).toContain("END_OF_STRING")
  expect(await codes("postgresql://h/db")).not.toContain("END_OF_STRING")
  for (const [end, name] of [
    ["\n", "line break"],
    ["\t", "tab"],
    ["'", "quote"],
    [";", "semicolon"],
    [">", '">"'],
  ] as const) {
    const { warnings } = await resolve(`postgresql://h/db${end}`)
    expect(warnings.find(({ code }) => code === "END_OF_STRING")?.message).toContain(name)
  }
})
