/**
 * Runs pg-pool's own test suite with this package's Pool: `tsx scripts/pg-pool-suite.ts <checkout of node-postgres>`, after `pnpm build`.
 * Each test runs in a separate process, with the default settings and with failFast. A failure without a reason in `pg-pool-failures.ts`
 * makes the exit code 1. Nothing of the checkout is kept.
 */
import { execFile } from "node:child_process"
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { type PostgresServer, postgresServer } from "@pgsd/testing/server"
import { FAILURES } from "./pg-pool-failures.ts"

const run = promisify(execFile)
const home = fileURLToPath(new URL("..", import.meta.url))
const TOOLS = ["mocha@11.7.5", "expect.js@0.3.1", "co@4.6.0", "lodash@4.17.21"]
const TEST_TIMEOUT_MS = 20_000
const AT_A_TIME = 2

interface Outcome {
  readonly title: string
  readonly error?: string
}

const child = `
const Mocha = require("mocha"), { readdirSync } = require("node:fs"), { join } = require("node:path")
const mocha = new Mocha({ timeout: ${TEST_TIMEOUT_MS / 2}, reporter: class {} })
for (const name of readdirSync("test").sort()) if (name.endsWith(".js") && !["setup.js", "idle-timeout-exit.js"].includes(name)) mocha.addFile(join(process.cwd(), "test", name))
mocha.loadFiles()
const tests = []
mocha.suite.eachTest((test) => { if (!test.pending) tests.push(test) })
const tell = (value) => { process.stdout.write("@@" + JSON.stringify(value) + "\\n", () => process.exit(0)) }
if (process.argv[2] === "list") tell(tests.map((test) => test.fullTitle()))
else {
  const test = tests[Number(process.argv[2])]
  test.parent.appendOnlyTest(test)
  process.on("uncaughtException", (error) => tell({ error: String(error?.message ?? error) }))
  const runner = mocha.run((failures) => { if (failures === 0) tell({}) })
  runner.on("fail", (_test, error) => tell({ error: String(error?.message ?? error) }))
}
`

function prepare(checkout: string, work: string): void {
  const suite = join(checkout, "packages/pg-pool/test")
  if (!existsSync(suite)) throw new Error(`${suite} does not exist: give a checkout of node-postgres`)
  if (!existsSync(join(home, "dist/index.js"))) throw new Error("dist/index.js is missing: pnpm build first")
  cpSync(suite, join(work, "test"), { recursive: true })
  const { version } = JSON.parse(readFileSync(join(checkout, "packages/pg-pool/package.json"), "utf8"))
  writeFileSync(join(work, "package.json"), JSON.stringify({ name: "suite", version, private: true }))
  writeFileSync(
    join(work, "index.js"),
    `const { Pool } = require(${JSON.stringify(join(home, "dist/index.js"))})
module.exports = class extends Pool {
  constructor(options, Client) { super({ ...(Client && { Client }), ...options, failFast: process.env.SUITE_FAIL_FAST === "1" }) }
}\n`,
  )
  writeFileSync(join(work, "child.cjs"), child)
}

async function one(work: string, env: NodeJS.ProcessEnv, which: string): Promise<unknown> {
  const options = { cwd: work, env, timeout: TEST_TIMEOUT_MS, killSignal: "SIGKILL", maxBuffer: 10_000_000 } as const
  const { stdout } = await run(process.execPath, ["child.cjs", which], options).catch((error: { stdout?: string }) => ({
    stdout: error.stdout ?? "",
  }))
  const line = stdout.split("\n").find((each) => each.startsWith("@@"))
  return line === undefined ? { error: "no result: the test hung, or the process died" } : JSON.parse(line.slice(2))
}

async function suite(work: string, server: PostgresServer, failFast: boolean): Promise<Outcome[]> {
  const { host, port, user, password, database } = server
  const env = {
    ...process.env,
    PGHOST: host,
    PGPORT: String(port),
    PGUSER: user,
    PGPASSWORD: password,
    PGDATABASE: database,
    SUITE_FAIL_FAST: failFast ? "1" : "0",
  }
  const titles = (await one(work, env, "list")) as string[]
  if (!Array.isArray(titles)) throw new Error(`the suite cannot be loaded: ${JSON.stringify(titles)}`)
  const outcomes: Outcome[] = []
  let next = 0
  const worker = async () => {
    for (let n = next++; n < titles.length; n = next++)
      outcomes[n] = { title: titles[n]!, ...((await one(work, env, String(n))) as { error?: string }) }
  }
  await Promise.all(Array.from({ length: AT_A_TIME }, worker))
  // Some have limits of 100 ms: unexpected failures are retried, alone.
  for (const [n, { title, error }] of outcomes.entries())
    if (error !== undefined && FAILURES[title] === undefined)
      outcomes[n] = { title, ...((await one(work, env, String(n))) as { error?: string }) }
  return outcomes
}

const [checkout] = process.argv.slice(2)
if (checkout === undefined) throw new Error("usage: tsx scripts/pg-pool-suite.ts <checkout of node-postgres>")
const work = mkdtempSync(join(tmpdir(), "pg-pool-suite-"))
const server = await postgresServer()
try {
  prepare(checkout, work)
  await run("npm", ["install", "--no-audit", "--no-fund", "--prefer-offline", "--loglevel=error", "--no-save", ...TOOLS], { cwd: work })
  mkdirSync(join(work, "node_modules"), { recursive: true })
  for (const name of ["pg", "pg-cursor"]) symlinkSync(join(home, "node_modules", name), join(work, "node_modules", name))
  for (const failFast of [false, true]) {
    const outcomes = await suite(work, server, failFast)
    const failed = outcomes.filter(({ error }) => error !== undefined)
    process.stdout.write(`${failFast ? "failFast" : "default"}: ${outcomes.length - failed.length} of ${outcomes.length}\n`)
    for (const { title, error } of failed) {
      const reason = FAILURES[title]
      if (reason === undefined) process.exitCode = 1
      process.stdout.write(`  ${title}\n    ${error!.split("\n")[0]}\n    ${reason ?? "NOT IN THE LIST"}\n`)
    }
  }
} finally {
  await server.close()
  rmSync(work, { recursive: true, force: true })
}
