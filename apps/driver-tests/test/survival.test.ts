import { postgresServer } from "@pgsd/testing/server"
import { expect, test } from "vitest"
import { DRIVERS } from "./support/drivers.ts"
import { runProgram } from "./support/run-program.ts"

const LOST = "PGSD_CONNECTION_LOST"
const told = (...rejected: string[]) => ({ closed: ["57P01"], late: LOST, rejected })

test.each(DRIVERS)("a session killed in any state neither ends the process nor goes unreported, over $name", async ({ name }) => {
  await using server = await postgresServer()
  expect(await runProgram("survivor", name, server.target())).toEqual({
    idle: told(),
    "in a transaction": told(),
    "in a failed transaction": told(),
    busy: told(LOST),
    "busy with parameters": told(LOST),
    "busy with a prepared statement": told(LOST),
    "busy with several": told(LOST, LOST, LOST),
    "in the middle of a result": told(LOST),
    // Whichever comes first: the abort's answer or the end.
    aborting: { closed: ["57P01"], late: LOST, rejected: ["AbortError"] },
    closing: told(LOST),
  })
})
