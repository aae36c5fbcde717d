import assert from "node:assert/strict"
import { spawn } from "node:child_process"
import { isSecret, type Target } from "@pgsd/driver"
import type { Bench } from "./bench.ts"
import type { LawFamily } from "./law.ts"

/**
 * A program that connects and calls unref() on the idle connection. With `ask` it sends another query, whose result must still arrive.
 */
const PROGRAM = `
import { readFileSync } from "node:fs"
const { module, target, ask } = JSON.parse(readFileSync(0, "utf8"))
const { driver } = await import(module)
const connection = await driver.connect(target)
await connection.query("SELECT 1 AS a")
connection.unref()
if (ask) connection.query("SELECT pg_sleep(0.3), 42 AS answer").then(({ rows }) => process.stdout.write("answer " + rows[0].answer))
else process.stdout.write("idle")
`

export const processLaws: LawFamily = {
  name: "the process",
  laws: [
    {
      name: "an unref'd idle connection lets the process end",
      needs: ["network"],
      check: async (bench) => {
        assert.deepEqual(await run(bench, false), { code: 0, output: "idle", errors: "" })
      },
    },
    {
      name: "a query in flight keeps the process alive, also on an unref'd connection",
      needs: ["network"],
      check: async (bench) => {
        assert.deepEqual(await run(bench, true), { code: 0, output: "answer 42", errors: "" })
      },
    },
  ],
}

async function run(bench: Bench, ask: boolean): Promise<{ code: number | null; output: string; errors: string }> {
  const { program, name } = bench.subject
  assert.ok(program, `the subject "${name}" needs a program: its driver has a network`)
  const target = await plain(bench.target()!)
  const settings = JSON.stringify({ module: program.module.href, target, ask })
  const child = spawn(process.execPath, [...(program.execArgv ?? []), "--input-type=module", "--eval", PROGRAM], {
    env: {},
    stdio: ["pipe", "pipe", "pipe"],
  })
  // Not by argument or environment, which other users of the machine can read: the target contains a password.
  child.stdin.on("error", () => {}).end(settings)
  bench.hold(() => void child.kill("SIGKILL"))
  let output = ""
  let errors = ""
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    output += text
  })
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    errors += text
  })
  // Loading TypeScript takes a second or two on a loaded machine.
  const lifetimeMs = 8 * bench.timeoutMs
  const timer = setTimeout(() => child.kill("SIGKILL"), lifetimeMs)
  const [code, signal] = await new Promise<[number | null, string | null]>((resolve, reject) => {
    child.once("error", reject).once("close", (...ended) => resolve(ended))
  })
  clearTimeout(timer)
  assert.notEqual(signal, "SIGKILL", `the program did not end within ${lifetimeMs} ms (output: "${output}")`)
  return { code, output, errors }
}

/** A target that can be sent as JSON. */
async function plain(target: Target): Promise<Target> {
  const { password } = target
  const given = typeof password === "function" ? await password({}) : password
  return { ...target, password: isSecret(given) ? given.reveal() : given }
}
