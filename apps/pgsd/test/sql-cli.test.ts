import { readFile } from "node:fs/promises"
import { join } from "node:path"
import { afterAll, expect, test } from "vitest"
import { run } from "../src/cli/run.ts"
import { catalog, table } from "./support/objects.ts"
import { snapshotFiles, snapshotText } from "./support/snapshot-files.ts"
import { recordingTerminal } from "./support/terminal.ts"

const files = snapshotFiles()
afterAll(() => files[Symbol.dispose]())

async function command(...args: string[]) {
  const terminal = recordingTerminal()
  const exitCode = await run(args, terminal)
  return { exitCode, stdout: terminal.stdout(), stderr: terminal.stderr() }
}

test("--format sql is a script; with mapped schemas it would use the target's names, and is refused", async () => {
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

test("--allow-drops: a destructive change is a statement with it, and a comment without", async () => {
  const [full, empty] = [files.write(snapshotText(catalog([table("t")]))), files.write(snapshotText(catalog([])))]
  const drop = ["diff", "--format", "sql", "-s", `file:${full}`, "-t", `file:${empty}`]
  const without = await command(...drop)
  expect(without).toMatchObject({ exitCode: 1, stdout: expect.stringMatching(/^-- DROP TABLE "shop"\."t";$/m) })
  expect(without.stdout).not.toMatch(/^DROP/m)
  expect((await command(...drop, "--allow-drops")).stdout).toMatch(/^DROP TABLE "shop"\."t";$/m)
})

test("on a terminal control characters are escaped; a pipe and a file get the script unchanged", async () => {
  const name = "a\u001b[2J\u009b\u202e"
  const [empty, full] = [files.write(snapshotText(catalog([]))), files.write(snapshotText(catalog([table(name)])))]
  const script = ["diff", "--format", "sql", "-s", `file:${empty}`, "-t", `file:${full}`]
  const piped = (await command(...script)).stdout
  expect(piped).toContain(`CREATE TABLE "shop"."${name}" ();`)
  const terminal = recordingTerminal()
  const interactive = { ...terminal, out: { ...terminal.out, interactive: true } }
  await run(script, interactive)
  expect(terminal.stdout()).toContain('CREATE TABLE "shop"."a\\u{1b}[2J\\u{9b}\\u{202e}" ();\n')
  const out = join(files.folder, "script.sql")
  await run([...script, "--out", out], interactive)
  expect(await readFile(out, "utf8")).toBe(piped)
})
