import { chmodSync, mkdirSync } from "node:fs"
import { join } from "node:path"
import { expect, test } from "vitest"
import { explainConnection, resolveConnection } from "../src/index.ts"
import { parseServiceFile } from "../src/resolve/service-file.ts"
import { failureOf, rejectionOf } from "./support/failure.ts"
import { type SandboxFile, sandbox } from "./support/sandbox.ts"

const parse = (content: string) => {
  const values = parseServiceFile(content, "s", "file")
  return values === undefined ? undefined : Object.fromEntries([...values].map(([key, { value }]) => [key, value]))
}

test("the first section of the name, the first value of a key, values unchanged", () => {
  expect(parse("[other]\nhost=no\n[s]\nhost=a\nhost=b\nuser= kept blank\npassword='kept quotes'\n[s]\nport=1\n")).toEqual({
    host: "a",
    user: " kept blank",
    password: "'kept quotes'",
  })
  expect(parse("  [s]  \n\t# comment\n\n  host=trimmed \t\n")).toEqual({ host: "trimmed" })
  expect(parse("[s]\r\nhost=crlf\r\n")).toEqual({ host: "crlf" })
  expect(parse("[s]")).toEqual({})
  expect(parse("[other]\nhost = ignored here\n")).toBeUndefined()
})

test("malformed lines are refused with file and line number, and never with their text", () => {
  for (const [line, message, hint] of [
    ["host = S3CRET", 'syntax error in service file "file", line 2', "no spaces around ="],
    ["hots=S3CRET", 'syntax error in service file "file", line 2', "the line does not start with a libpq keyword"],
    ["S3CRET", 'syntax error in service file "file", line 2', "a line is KEYWORD=VALUE"],
    ["requiressl=1", 'syntax error in service file "file", line 2', "the line does not start with a libpq keyword"],
    ["service=S3CRET", 'nested service specifications not supported in service file "file", line 2', undefined],
    ["ldap://host/S3CRET", 'LDAP lookup of service parameters is not supported in service file "file", line 2', undefined],
    [`user=${"x".repeat(1018)}`, 'line 2 too long in service file "file"', undefined],
  ] as const) {
    const error = failureOf(() => parse(`[s]\n${line}\n`))
    expect(error.message.split("\n")[0]).toBe(message)
    expect(error.hint).toBe(hint)
    expect(error.message).not.toContain("S3CRET")
  }
})

const home = (files: Record<string, SandboxFile>) => {
  const box = sandbox(files)
  return { ...box, env: { HOME: box.directory, PGSYSCONFDIR: join(box.directory, "system") } }
}
const hostOf = async (connection: string, env: Readonly<Record<string, string>>) =>
  (await resolveConnection({ connection, env })).sources.host

test("the user's file, then the system's; PGSERVICEFILE and servicefile instead of the user's", async () => {
  const { directory, env } = home({
    ".pg_service.conf": { content: "[mine]\nhost=127.0.0.1\n" },
    "system/pg_service.conf": { content: "[ours]\nhost=127.0.0.1\n" },
    "own.conf": { content: "[own]\nhost=127.0.0.1\n" },
  })
  expect(await hostOf("service=mine", env)).toBe(`service file "${directory}/.pg_service.conf", line 2`)
  expect(await hostOf("service=ours", env)).toBe(`service file "${directory}/system/pg_service.conf", line 2`)
  expect(await hostOf("service=own", { ...env, PGSERVICEFILE: `${directory}/own.conf` })).toBe(
    `service file "${directory}/own.conf", line 2`,
  )
  expect(await hostOf(`service=own servicefile=${directory}/own.conf`, env)).toBe(`service file "${directory}/own.conf", line 2`)
  expect(await hostOf("", { ...env, PGSERVICE: "mine" })).toBe(`service file "${directory}/.pg_service.conf", line 2`)
  const missing = await rejectionOf(hostOf("service=mine", { ...env, PGSERVICEFILE: `${directory}/own.conf` }))
  expect(missing.message).toContain(`searched: ${directory}/own.conf, ${directory}/system/pg_service.conf`)
  expect((await rejectionOf(hostOf("service=own", { ...env, PGSERVICEFILE: "/nonexistent" }))).message.split("\n")).toEqual([
    'service file "/nonexistent" not found',
    "source: environment variable PGSERVICEFILE",
  ])
})

test("an existing file that cannot be opened is an error, as in libpq; a folder in its place has no lines", async () => {
  const { directory, env } = home({ "system/pg_service.conf": { content: "[s]\nhost=127.0.0.1\n" } })
  const path = `${directory}/.pg_service.conf`
  const locked = await rejectionOf(
    resolveConnection({
      connection: "service=s",
      env,
      io: {
        async readFile() {
          throw Object.assign(new Error("no"), { code: "EACCES" })
        },
      },
    }),
  )
  expect(locked.message).toContain(`service file "${path}" not found`)
  expect(locked.hint).toBe("it exists but cannot be read: Permission denied")
  mkdirSync(path)
  chmodSync(path, 0o700)
  expect(await hostOf("service=s", env)).toContain("/system/pg_service.conf")
})

test("the connection overrides the service, the service overrides the environment", async () => {
  const { env, directory } = home({ ".pg_service.conf": { content: "[s]\nhost=127.0.0.1\nport=5433\nuser=service\n" } })
  const config = await resolveConnection({
    connection: "service=s user=string",
    env: { ...env, PGUSER: "variable", PGPORT: "1", PGDATABASE: "d" },
  })
  const rows = new Map(explainConnection(config).map(({ key, value, source }) => [key, `${value} (${source})`]))
  expect(rows.get("user")).toBe("string (connection string)")
  expect(rows.get("port")).toBe(`5433 (service file "${directory}/.pg_service.conf", line 3)`)
  expect(rows.get("dbname")).toBe("d (environment variable PGDATABASE)")
  expect(rows.get("service")).toBe("s (connection string)")
})
