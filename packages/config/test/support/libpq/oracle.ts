import { type ChildProcess, spawn, spawnSync } from "node:child_process"
import { existsSync, readdirSync } from "node:fs"
import { dirname, join } from "node:path"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"
import type { TestContext } from "vitest"

/** libpq's result for a text: values as raw bytes, or its error message, or both. */
export interface OracleAnswer {
  readonly values?: ReadonlyMap<string, Buffer>
  /** The password that libpq would send to the first host, including one from the password file. */
  readonly password?: string
  readonly error?: string
}

/** A row of libpq's own table of parameters. */
export interface OracleParameter {
  readonly name: string
  readonly env: string | undefined
  readonly default: string | undefined
  /** libpq marks it as not to be shown. */
  readonly secret: boolean
}

/** The real libpq 18, in a separate process. */
export interface Oracle {
  version(): Promise<number>
  /** PQconndefaults with an empty environment. */
  defaults(): Promise<OracleParameter[]>
  /** PQconninfoParse of each text. */
  parse(texts: readonly string[]): Promise<OracleAnswer[]>
  /** PQconnectStart and PQconninfo of each text, with only `env` in the environment. */
  start(requests: readonly { text: string; env: Readonly<Record<string, string>> }[]): Promise<OracleAnswer[]>
  close(): Promise<void>
}

/** The oracle; without one the test is skipped with the reason, and fails in CI. */
export async function needOracle(context: TestContext): Promise<Oracle> {
  const oracle = openOracle()
  if (typeof oracle !== "string") return oracle
  if (process.env.CI) throw new Error(`cannot compare with libpq: ${oracle}`)
  return context.skip(`cannot compare with libpq: ${oracle}`)
}

/** The oracle, or why there is none. */
export function openOracle(): Oracle | string {
  const library = findLibrary()
  if (library === undefined) return "no libpq 18 in node_modules (the optional dependency pg18-<platform>)"
  const python = ["python3", "python"].find((name) => spawnSync(name, ["--version"]).status === 0)
  return python === undefined ? "no python3" : startOracle(python, library)
}

// Under whatever alias the platform's PostgreSQL 18 binaries are installed.
function findLibrary(): string | undefined {
  for (let folder = dirname(fileURLToPath(import.meta.url)); ; folder = dirname(folder)) {
    const modules = join(folder, "node_modules")
    for (const name of existsSync(modules) ? readdirSync(modules).filter((each) => each.startsWith("pg18-")) : [])
      for (const part of ["lib", "bin"]) {
        const libraries = join(modules, name, "native", part)
        const file = existsSync(libraries)
          ? readdirSync(libraries).find((each) => /^libpq\.(so\.5\.\d+|5\.dylib|5\.\d+\.dylib|dll)$/.test(each))
          : undefined
        if (file !== undefined) return join(libraries, file)
      }
    if (folder === dirname(folder)) return undefined
  }
}

function startOracle(python: string, library: string): Oracle {
  const child = spawn(python, [fileURLToPath(new URL("oracle.py", import.meta.url)), library], {
    stdio: ["pipe", "pipe", "pipe"],
    env: { PATH: process.env.PATH ?? "", LC_ALL: "C", LD_LIBRARY_PATH: dirname(library), DYLD_LIBRARY_PATH: dirname(library) },
  })
  const ask = queue(child)
  return {
    async version() {
      return Number(((await ask([{ op: "version" }])) as [{ version: number }])[0].version)
    },
    async defaults() {
      const [{ options }] = (await ask([{ op: "defaults" }])) as [{ options: [string, string | null, string | null, string][] }]
      return options.map(([name, env, value, shown]) => ({
        name,
        env: env ?? undefined,
        default: value ?? undefined,
        secret: shown === "*",
      }))
    },
    async parse(texts) {
      return (await ask(texts.map((text) => ({ op: "parse", text: hex(text) })))).map(decode)
    },
    async start(requests) {
      return (await ask(requests.map(({ text, env }) => ({ op: "start", text: hex(text), env })))).map(decode)
    },
    close() {
      const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()))
      child.stdin!.end()
      return ended
    },
  }
}

function queue(child: ChildProcess): (requests: readonly object[]) => Promise<unknown[]> {
  const waiting: ((line: string) => void)[] = []
  let gone: Error | undefined
  const lines = createInterface({ input: child.stdout! })
  lines.on("line", (line) => waiting.shift()?.(line))
  // libpq's warnings go there as well; only the end matters, and only when the process fails.
  let said = ""
  child.stderr!.on("data", (chunk) => {
    said = `${said}${chunk}`.slice(-1_000)
  })
  const fail = new Promise<never>((_, reject) => {
    child.once("error", reject)
    child.once("exit", (code) => {
      gone = new Error(`the oracle ended with code ${code}: ${said}`)
      reject(gone)
    })
  })
  fail.catch(() => {})
  return async (requests) => {
    if (gone !== undefined) throw gone
    const answers = requests.map(() => new Promise<string>((resolve) => waiting.push(resolve)))
    child.stdin!.write(requests.map((request) => `${JSON.stringify(request)}\n`).join(""))
    return (await Promise.race([Promise.all(answers), fail])).map((line) => JSON.parse(line))
  }
}

function hex(text: string): string {
  return Buffer.from(text).toString("hex")
}

function decode(answer: unknown): OracleAnswer {
  const { values, password, error } = answer as { values?: Record<string, string>; password?: string; error?: string }
  return {
    ...(values === undefined ? {} : { values: new Map(Object.entries(values).map(([key, value]) => [key, Buffer.from(value, "hex")])) }),
    ...(password === undefined ? {} : { password: Buffer.from(password, "hex").toString("utf8") }),
    ...(error === undefined ? {} : { error: Buffer.from(error, "hex").toString("utf8") }),
  }
}
