import { type PostgresServer, postgresServer } from "@pgsd/testing/server"
import { afterAll, beforeAll, expect, test } from "vitest"
import { run } from "../src/cli/run.ts"
import { recordingTerminal } from "./support/terminal.ts"

let primary: PostgresServer
let standby: PostgresServer
beforeAll(async () => {
  primary = await postgresServer({ users: [{ name: "reader", password: "reads" }] })
  standby = await postgresServer({ standbyOf: primary })
})
afterAll(async () => {
  await standby?.close()
  await primary?.close()
})

async function command(...args: string[]) {
  const terminal = recordingTerminal()
  const exitCode = await run(args, terminal)
  return { exitCode, stdout: terminal.stdout(), stderr: terminal.stderr() }
}

// A standby refuses everything that writes, temporary tables and locks included.
test("a standby as source gives the same result as its primary; doctor and snapshot read it, too", async () => {
  await primary.sql("CREATE DATABASE target")
  await primary.sql(`CREATE SCHEMA app; CREATE TABLE app.t (a int PRIMARY KEY, b text DEFAULT 'x'); CREATE VIEW app.v AS SELECT a FROM app.t WHERE a > 1;
    CREATE FUNCTION app.f(int) RETURNS int LANGUAGE sql AS 'SELECT $1'; CREATE INDEX i ON app.t (b); COMMENT ON TABLE app.t IS 'kept'`)
  await primary.sql("CREATE SCHEMA app; CREATE TABLE app.t (a bigint, c text)", { database: "target" })
  await standby.catchUp()
  const login = { user: "reader", password: "reads" }
  const target = ["-t", primary.url({ ...login, database: "target" })]
  const [fromPrimary, fromStandby] = await Promise.all(
    [primary, standby].map(async (source) => {
      const { exitCode, stdout } = await command("diff", "--format", "json", "-s", source.url(login), ...target)
      const { differences, compared } = JSON.parse(stdout) as { readonly differences: readonly object[]; readonly compared: object }
      return { exitCode, differences, compared }
    }),
  )
  expect(fromStandby).toEqual(fromPrimary)
  expect(fromStandby).toMatchObject({ exitCode: 1 })
  expect(fromStandby?.differences.length).toBeGreaterThan(5)
  expect(await command("diff", "-s", standby.url(login), "-t", primary.url(login))).toMatchObject({
    exitCode: 0,
    stderr: expect.stringContaining("source and target are the same database"),
  })
  expect(await command("snapshot", "-s", standby.url(login))).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('"kept"') })
  expect(await command("doctor", standby.url(login))).toMatchObject({
    exitCode: 0,
    stdout: expect.stringContaining("the server is a standby, which is read-only"),
  })
})
