import { readFile } from "node:fs/promises"
import { join } from "node:path"
import { afterAll, beforeAll, expect, test } from "vitest"
import { run } from "../src/cli/run.ts"
import { type DemoServers, startDemoServers } from "../src/demo/servers.ts"
import { violationsOf } from "./support/json-schema.ts"
import { snapshotFiles } from "./support/snapshot-files.ts"
import { recordingTerminal } from "./support/terminal.ts"

let servers: DemoServers
const files = snapshotFiles()
beforeAll(async () => {
  servers = await startDemoServers()
})
afterAll(async () => {
  files[Symbol.dispose]()
  await servers[Symbol.asyncDispose]()
})

const file = (name: string) => join(files.folder, name)
const url = (side: "source" | "target") => servers.urls[side].replace("@", `:${servers.password}@`)
const from = (...snapshots: string[]) =>
  (["source", "target"] as const).flatMap((side) => [`--${side}`, snapshots.includes(side) ? `file:${file(side)}` : url(side)])
const sides = () => ["-s", url("source"), "-t", url("target")]

interface Comparison extends Record<"source" | "target", { readonly notCompared: readonly object[] }> {
  readonly differences: readonly { readonly kind: string }[]
  readonly compared: object
}

async function command(...args: string[]) {
  const terminal = recordingTerminal()
  const exitCode = await run(args, terminal)
  return { exitCode, stdout: terminal.stdout(), stderr: terminal.stderr() }
}

test("a diff gives the same result for a snapshot as for the server, on either side", async () => {
  for (const name of ["source", "target"] as const)
    expect(await command("snapshot", name, ...sides(), "--out", file(name))).toMatchObject({ exitCode: 0, stdout: "" })
  const pairs = [sides(), from("source"), from("target"), from("source", "target")]
  const [live, ...others] = await Promise.all(
    pairs.map(async (pair) => JSON.parse((await command("diff", "--format", "json", ...pair)).stdout) as Comparison),
  )
  for (const { differences, compared, source, target } of others) {
    // The only difference is in a hidden value: counted as not compared, by the side without it.
    expect(differences).toEqual(live?.differences.filter(({ kind }) => kind !== "foreign_server"))
    expect(compared).toEqual(live?.compared)
    expect([...source.notCompared, ...target.notCompared]).toContainEqual({ kind: expect.stringContaining("hidden values"), count: 4 })
  }
  const text = await readFile(file("source"), "utf8")
  expect(violationsOf("snapshot-1")(JSON.parse(text))).toEqual([])
  expect(text).not.toContain(servers.password)
  // The same database gives the same bytes: it can be kept in a repository.
  expect((await command("snapshot", ...sides())).stdout).toBe(text)
  const page = await command("diff", "--format", "html", "-s", `file:${file("source")}`, "-t", url("target"))
  expect(page.stdout).toContain(`snapshot ${file("source")}`)
})

test("a missing file, or fewer schemas than requested, is exit code 2 with the code and the next step", async () => {
  expect(await command("diff", "-s", "file:/nowhere/a.json", "-t", url("target"))).toMatchObject({
    exitCode: 2,
    stderr: expect.stringMatching(/"\/nowhere\/a.json" cannot be read: ENOENT[\s\S]*\[PGSD_SNAPSHOT_UNREADABLE\]/),
  })
  await command("snapshot", ...sides(), "--schema", "shop", "--out", file("shop"))
  expect((await command("diff", "-s", `file:${file("shop")}`, "-t", url("target"))).stderr).toContain("[PGSD_SNAPSHOT_SCOPE]")
  const chosen = ["--schema", "shop", "-t", url("target")]
  expect((await command("diff", "-s", `file:${file("shop")}`, ...chosen)).stdout.replaceAll(/, snapshot [^,]+/g, "")).toBe(
    (await command("diff", "-s", url("source"), ...chosen)).stdout,
  )
  for (const name of ["verify", "explain", "snapshot"])
    expect((await command(name, "-s", `file:${file("shop")}`)).stderr).toContain("[PGSD_SNAPSHOT_NO_SERVER]")
  expect((await command("snapshot", "--schema", "shpo", ...sides())).stderr).toContain('the database does not have a schema "shpo"')
})
