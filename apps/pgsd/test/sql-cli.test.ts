import { expect, test } from "vitest"
import { run } from "../src/cli/run.ts"
import { recordingTerminal } from "./support/terminal.ts"

async function command(...args: string[]) {
  const terminal = recordingTerminal()
  const exitCode = await run(args, terminal)
  return { exitCode, stdout: terminal.stdout(), stderr: terminal.stderr() }
}

test("--format sql is a script; with a map of schemas it would name those of the target, and is refused", async () => {
  const mock = ["diff", "--profile", "test", "--format", "sql", "-s", "host=a dbname=shop", "-t", "host=b dbname=shop"]
  const { exitCode, stdout } = await command(...mock)
  expect(exitCode).toBe(0)
  expect(stdout).toContain("-- No differences.")
  expect(stdout.split("\n").filter((line) => line !== "" && !line.startsWith("--"))).toEqual([])
  expect(await command(...mock, "--map-schema", "a=b")).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining("[PGSD_SQL_WITH_SCHEMA_MAP]"),
  })
})
