import { postgresServer } from "@pgsd/testing/server"
import { expect, test } from "vitest"
import { DRIVERS } from "./support/drivers.ts"
import { runProgram } from "./support/run-program.ts"

const LOST = "PGSD_CONNECTION_LOST"
const reports = (...rejected: string[]) => ({ closed: ["57P01"], late: LOST, rejected })

test.each(DRIVERS)("a session killed in any state neither ends the process nor goes unreported, over $name", async ({ name }) => {
  await using server = await postgresServer()
  expect(await runProgram("survivor", name, server.target())).toEqual({
    idle: reports(),
    "in a transaction": reports(),
    "in a failed transaction": reports(),
    busy: reports(LOST),
    "busy with parameters": reports(LOST),
    "busy with a prepared statement": reports(LOST),
    "busy with several": reports(LOST, LOST, LOST),
    "in the middle of a result": reports(LOST),
    // Whichever comes first: the abort's answer or the end.
    aborting: { closed: ["57P01"], late: LOST, rejected: ["AbortError"] },
    closing: reports(LOST),
  })
})
