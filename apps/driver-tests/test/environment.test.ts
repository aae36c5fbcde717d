import { type PostgresServer, postgresServer } from "@pgsd/testing/server"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { DRIVERS } from "./support/drivers.ts"
import { runProgram } from "./support/run-program.ts"
import { VARIABLES } from "./support/variables.ts"

let server: PostgresServer
beforeAll(async () => {
  server = await postgresServer()
})
afterAll(() => server?.close())

describe.each(DRIVERS)("no environment variable affects the session, over $name", ({ name }) => {
  test("each of them set", async () => {
    expect(await runProgram("session-settings", name, server.target(), VARIABLES)).toEqual({
      settings: [
        ["DateStyle", "ISO, MDY"],
        ["IntervalStyle", "postgres"],
        ["client_encoding", "UTF8"],
        ["extra_float_digits", "1"],
      ],
      session: { user: server.user, database: "postgres", application_name: "", backend_type: "client backend", work_mem: "4MB" },
      rows: [{ parameter: 42, instant: "2001-02-03T04:05:06.000Z" }],
    })
  })

  test("the target's own settings do, and nothing else", async () => {
    const startup = { application_name: "report", statement_timeout: "5s" }
    expect(await runProgram("session-settings", name, server.target({ startup }), VARIABLES)).toMatchObject({
      settings: [
        ["DateStyle", "ISO, MDY"],
        ["IntervalStyle", "postgres"],
        ["application_name", "report"],
        ["client_encoding", "UTF8"],
        ["extra_float_digits", "1"],
        ["statement_timeout", "5000"],
      ],
      session: { application_name: "report" },
    })
  })
})
