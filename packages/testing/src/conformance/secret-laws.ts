import assert from "node:assert/strict"
import { inspect } from "node:util"
import { isSecret, secret, type Target } from "@pgsd/driver"
import type { Bench } from "./bench.ts"
import type { LawFamily } from "./law.ts"
import { eventually } from "./waiting.ts"

/** Does not occur by chance in a message of a server or a driver. */
const WRONG = "pgsd-wrong-Zj3Kq8vW"

export const secretLaws: LawFamily = {
  name: "secrets",
  laws: [
    {
      name: "a password appears in no error, no inspect, no JSON and no structured clone",
      needs: ["network"],
      check: async (bench) => {
        const right = await passwordOf(bench.target())
        const shown: unknown[] = [bench.driver]
        const attempt = async (target: Target | undefined) => {
          try {
            const connection = await bench.connect(target)
            shown.push(connection, connection.info, connection.serverParameters)
            connection.onClose((error) => shown.push(error))
            await connection.query("SELECT pgsd_missing", []).catch((error: unknown) => shown.push(error))
            await connection.close()
            const refused = connection.query("SELECT 1 AS a").catch((error: unknown) => shown.push(error))
            await bench.soon(refused, "a query after close()")
          } catch (error) {
            shown.push(error)
          }
        }
        for (const password of [WRONG, secret(WRONG), () => WRONG, right]) {
          await attempt(bench.target({ password }))
          await attempt(bench.target({ password, database: "pgsd_no_such_database" }))
          await attempt(bench.target({ password, host: "127.0.0.1", address: "127.0.0.1", port: 1 }))
        }
        shown.push(...(await losses(bench, right)))
        for (const value of shown) assertSilent(value, [WRONG, right])
      },
    },
  ],
}

/** The errors of a lost connection that was opened with a password. */
async function losses(bench: Bench, password: string | undefined): Promise<unknown[]> {
  const { proxy, target } = await bench.proxied({ password })
  const shown: unknown[] = []
  const connection = await bench.connect(target)
  const ends: unknown[] = []
  connection.onClose((error) => ends.push(error))
  const inFlight = connection.query("SELECT pg_sleep(60)").catch((error: unknown) => shown.push(error))
  proxy.cut()
  await bench.soon(inFlight, "a query in flight at a cut")
  await eventually(bench.timeoutMs, () => ends.length > 0, "onClose was not called")
  const refused = connection.query("SELECT 1 AS a").catch((error: unknown) => shown.push(error))
  await bench.soon(refused, "a query after the loss")
  return [...shown, ...ends, connection]
}

function assertSilent(value: unknown, passwords: readonly (string | undefined)[]): void {
  const texts = [...printed(value), ...(isObject(value) && "cause" in value ? printed(value.cause) : [])]
  for (const password of passwords)
    if (password !== undefined && password.length >= 6)
      for (const { how, text } of texts) assert.ok(!text.includes(password), `a password appears in ${how} of ${constructorOf(value)}`)
}

function printed(value: unknown): { readonly how: string; readonly text: string }[] {
  const ways: readonly (readonly [how: string, print: () => string | undefined])[] = [
    ["String()", () => String(value)],
    ["inspect()", () => inspect(value, { depth: 12, showHidden: true, maxArrayLength: null, maxStringLength: null })],
    ["JSON", () => JSON.stringify(value)],
    ["the stack", () => (value instanceof Error ? value.stack : "")],
    ["a structured clone", () => inspect(structuredClone(value), { depth: 12, showHidden: true })],
  ]
  return ways.map(([how, print]) => ({ how, text: attempted(print) }))
}

// Values that cannot be serialised (circular in JSON, functions in a clone) reveal nothing.
function attempted(print: () => string | undefined): string {
  try {
    return print() ?? ""
  } catch {
    return ""
  }
}

async function passwordOf(target: Target | undefined): Promise<string | undefined> {
  const source = target?.password
  const given = typeof source === "function" ? await source({}) : source
  return isSecret(given) ? given.reveal() : given
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null
}

function constructorOf(value: unknown): string {
  return isObject(value) ? value.constructor.name : typeof value
}
