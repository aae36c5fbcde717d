import { spawn } from "node:child_process"
import { chmodSync, chownSync, existsSync, mkdirSync, readdirSync, rmdirSync, symlinkSync, utimesSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { postgresServer } from "@pgsd/testing/server"
import { afterAll, beforeAll, expect, test } from "vitest"
import { baseFolder } from "../src/server/processes/base-folder.ts"
import { identify, isRunning, type ProcessIdentity } from "../src/server/processes/identity.ts"
import { reap } from "../src/server/processes/run-folder.ts"
import { bundleChild, gone, isAlive, lendNode, lendPackage, openFolder, runChild, serverPid } from "./support/run-child.ts"

const isRoot = process.getuid?.() === 0
const folder = openFolder()
let program: string

beforeAll(async () => {
  program = await bundleChild(folder.path)
})

afterAll(() => folder[Symbol.dispose]())

test.each([
  ["closes it", "close", "0"],
  ["calls process.exit()", "exit", "3"],
  ["throws", "throw", "1"],
  ["forgets it", "forget", "0"],
])("a program that %s ends by itself and leaves nothing behind", async (_what, ending, exitCode) => {
  const child = runChild(program, ending)
  const { socketDirectory } = await child.facts
  expect(await child.end).toBe(exitCode)
  expect(existsSync(dirname(socketDirectory))).toBe(false)
})

test("Ctrl-C ends a program that does not handle it, by that signal, and its server", async () => {
  const child = runChild(program, "wait")
  const { socketDirectory } = await child.facts
  const pid = serverPid(socketDirectory)
  child.process.kill("SIGINT")
  expect(await child.end).toBe("SIGINT")
  await gone(pid)
  expect(existsSync(dirname(socketDirectory))).toBe(false)
})

test("a program that handles Ctrl-C still has its server running and closes it itself", async () => {
  const child = runChild(program, "handle")
  const { socketDirectory } = await child.facts
  child.process.kill("SIGINT")
  expect(await child.end).toBe("0")
  expect(child.output()).toContain("closed\n")
  expect(existsSync(dirname(socketDirectory))).toBe(false)
})

test("the next start ends and removes what a killed program left behind", async () => {
  const child = runChild(program, "wait")
  const { socketDirectory } = await child.facts
  const pid = serverPid(socketDirectory)
  child.process.kill("SIGKILL")
  expect(await child.end).toBe("SIGKILL")
  await using _next = await postgresServer()
  await gone(pid)
  await expect.poll(() => existsSync(dirname(socketDirectory))).toBe(false)
})

test("PGSD_TEST_DATA: servers run below that folder, and what a killed program left there is removed by the next", async () => {
  using data = openFolder()
  const killed = runChild(program, "wait", { data: data.path })
  const { socketDirectory } = await killed.facts
  expect(socketDirectory.startsWith(data.path)).toBe(true)
  const pid = serverPid(socketDirectory)
  killed.process.kill("SIGKILL")
  await killed.end
  const next = runChild(program, "close", { data: data.path })
  expect((await next.facts).socketDirectory.startsWith(data.path)).toBe(true)
  expect(await next.end).toBe("0")
  await gone(pid)
  const [base] = readdirSync(data.path)
  expect(readdirSync(join(data.path, base!))).toEqual(["run"])
  expect(readdirSync(join(data.path, base!, "run"))).toEqual([])
})

test("PGSD_TEST_DATA that cannot hold servers is refused by name", async () => {
  const child = runChild(program, "close", { data: "/nowhere" })
  await expect(child.facts).rejects.toThrow('PGSD_TEST_DATA: "/nowhere" cannot hold servers')
})

/** A run folder as a process would leave it. */
function leftover(name: string, owner: ProcessIdentity, daemon?: object): string {
  const path = join(baseFolder(), "run", `test-${process.pid}-${name}`)
  mkdirSync(path, { recursive: true })
  writeFileSync(join(path, "owner.json"), JSON.stringify(owner))
  if (daemon !== undefined) writeFileSync(join(path, "daemon.json"), JSON.stringify(daemon))
  return path
}

test("cleanup identifies servers by pid, start time and machine, never by less", async () => {
  const self = identify(process.pid)!
  const dead = { ...self, startedAt: "1" }
  const sleepers = [0, 1].map(() => spawn("sleep", ["600"], { stdio: "ignore" }))
  const [server, stranger] = sleepers.map((each) => identify(each.pid!)!)
  const [boot, namespace] = self.world.split("/")
  const folders = {
    owned: leftover("owned", self, { ...stranger!, endsOn: "SIGTERM" }),
    elsewhere: leftover("elsewhere", { ...dead, world: `${boot}/another` }, { ...stranger!, endsOn: "SIGTERM" }),
    orphaned: leftover("orphaned", dead, { ...server!, endsOn: "SIGTERM" }),
    recycled: leftover("recycled", dead, { ...stranger!, startedAt: "1", endsOn: "SIGTERM" }),
    rebooted: leftover(
      "rebooted",
      { ...self, world: `earlier/${namespace}` },
      { ...stranger!, world: `earlier/${namespace}`, endsOn: "SIGTERM" },
    ),
  }
  const drafts = ["young", "old"].map((name) => join(baseFolder(), "run", `test-${process.pid}-${name}.new`))
  for (const path of drafts) mkdirSync(path)
  utimesSync(drafts[1]!, new Date(0), new Date(0))
  reap()
  expect(drafts.map(existsSync)).toEqual([true, false])
  rmdirSync(drafts[0]!)
  await gone(server!.pid)
  expect(isAlive(stranger!.pid)).toBe(true)
  expect(Object.entries(folders).flatMap(([name, path]) => (existsSync(path) ? [name] : []))).toEqual(["owned", "elsewhere"])
  // Their owners are alive; the test removes its own.
  for (const path of [folders.owned, folders.elsewhere]) writeFileSync(join(path, "owner.json"), JSON.stringify(dead))
  for (const path of [folders.owned, folders.elsewhere])
    writeFileSync(join(path, "daemon.json"), JSON.stringify({ ...dead, endsOn: "SIGTERM" }))
  reap()
  for (const each of sleepers) each.kill("SIGKILL")
})

test("an identified process is running until it ends", async () => {
  const child = spawn("sleep", ["600"], { stdio: "ignore" })
  const identity = identify(child.pid!)!
  expect(isRunning(identity)).toBe(true)
  child.kill("SIGKILL")
  await expect.poll(() => isRunning(identity)).toBe(false)
  expect(identify(2 ** 22 + 1)).toBeUndefined()
})

test("from a private folder, with nothing staged: links and a first initdb, with no trace but the cache", async () => {
  using tmp = openFolder()
  using project = openFolder()
  lendPackage(`pg18-${process.platform}-${process.arch}`, project.path)
  chmodSync(project.path, 0o700)
  const child = runChild(program, "close", { cwd: project.path, tmp: tmp.path })
  expect((await child.facts).me).toBe("postgres")
  expect(await child.end).toBe("0")
  const [base] = readdirSync(tmp.path)
  expect(readdirSync(join(tmp.path, base!, "run"))).toEqual([])
  const [cache] = readdirSync(join(tmp.path, base!)).filter((name) => name.startsWith("cache-"))
  const made = readdirSync(join(tmp.path, base!, cache!))
  expect(made.filter((name) => !/^(data-)?pg18\.[\w.-]+$/.test(name) || /\.(lock|new)$/.test(name))).toEqual([])
  expect(made).toHaveLength(2)
})

test("as an unprivileged user", async () => {
  using tmp = openFolder()
  using project = openFolder()
  lendPackage(`pg18-${process.platform}-${process.arch}`, project.path)
  const uid = isRoot ? 65534 : process.getuid!()
  if (isRoot) chownSync(tmp.path, uid, uid)
  const child = runChild(program, "close", { cwd: project.path, uid, tmp: tmp.path, node: lendNode(project.path) })
  expect(await child.facts).toMatchObject({ me: "postgres", uid })
  expect(await child.end).toBe("0")
})

test("concurrent processes that need the same template create one and share it", async () => {
  using tmp = openFolder()
  const children = [1, 2, 3].map(() => runChild(program, "close", { tmp: tmp.path }))
  expect((await Promise.all(children.map((each) => each.facts))).map((each) => each.me)).toEqual(["postgres", "postgres", "postgres"])
  expect(await Promise.all(children.map((each) => each.end))).toEqual(["0", "0", "0"])
  const base = join(tmp.path, readdirSync(tmp.path)[0]!)
  const made = readdirSync(base, { recursive: true, encoding: "utf8" }).filter((name) => /^cache-\d+\/[^/]+$/.test(name))
  expect(made).toHaveLength(2)
})

test.each(isRoot ? ["link", "another account's"] : ["link"])("a base folder that is a %s is refused", async (what) => {
  using tmp = openFolder()
  const base = join(tmp.path, `pgsd-testing-${process.getuid!()}`)
  if (what === "link") symlinkSync(folder.path, base)
  else {
    mkdirSync(base)
    chownSync(base, 65534, 65534)
  }
  await expect(runChild(program, "close", { tmp: tmp.path }).facts).rejects.toThrow("belongs to another user")
})
