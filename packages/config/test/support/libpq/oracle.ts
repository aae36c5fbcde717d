import { type ChildProcess, spawn, spawnSync } from "node:child_process"
import { existsSync, readdirSync } from "node:fs"
import { dirname, join } from "node:path"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"
import type { TestContext } from "vitest"

/** What libpq makes of a text: values as raw bytes, or its error message, or both. */
export interface OracleAnswer {
  readonly values?: ReadonlyMap<string, Buffer>
  readonly error?: string
}

/** The real libpq 18, in a process of its own. */
export interface Oracle {
  version(): Promise<number>
  /** PQconninfoParse of each text. */
  parse(texts: readonly string[]): Promise<OracleAnswer[]>
  /** PQconnectStart and PQconninfo of each text, with nothing in the environment but `env`. */
  start(requests: readonly { text: string; env: Readonly<Record<string, string>> }[]): Promise<OracleAnswer[]>
  close(): Promise<void>
}

/** The oracle; where there is none the test is skipped with the reason, and fails in CI. */
export async function needOracle(context: TestContext): Promise<Oracle> {
  const library = findLibrary()
  const python = ["python3", "python"].find((name) => spawnSync(name, ["--version"]).status === 0)
  const missing =
    library === undefined
      ? "no libpq 18 in node_modules (the optional dependency pg18-<platform>)"
      : python === undefined
        ? "no python3"
        : undefined
  if (missing === undefined) return startOracle(python!, library!)
  if (process.env.CI) throw new Error(`cannot compare with libpq: ${missing}`)
  return context.skip(`cannot compare with libpq: ${missing}`)
}

function findLibrary(): string | undefined {
  const name = `pg18-${process.platform === "win32" ? "windows" : process.platform}-${process.arch}`
  for (let folder = dirname(fileURLToPath(import.meta.url)); ; folder = dirname(folder)) {
    const libraries = join(folder, "node_modules", name, "native", "lib")
    const file = existsSync(libraries)
      ? readdirSync(libraries).find((each) => /^libpq\.(so\.5\.\d+|5\.dylib|5\.\d+\.dylib)$/.test(each))
      : undefined
    if (file !== undefined) return join(libraries, file)
    if (folder === dirname(folder)) return undefined
  }
}

function startOracle(python: string, library: string): Oracle {
  const child = spawn(python, [fileURLToPath(new URL("oracle.py", import.meta.url)), library], {
    stdio: ["pipe", "pipe", "inherit"],
    env: { PATH: process.env.PATH ?? "", LC_ALL: "C", LD_LIBRARY_PATH: dirname(library), DYLD_LIBRARY_PATH: dirname(library) },
  })
  const ask = queue(child)
  return {
    async version() {
      return Number(((await ask([{ op: "version" }])) as [{ version: number }])[0].version)
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
  const fail = new Promise<never>((_, reject) => {
    child.once("error", reject)
    child.once("exit", (code) => {
      gone = new Error(`the oracle ended with code ${code}`)
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
  const { values, error } = answer as { values?: Record<string, string>; error?: string }
  return {
    ...(values === undefined ? {} : { values: new Map(Object.entries(values).map(([key, value]) => [key, Buffer.from(value, "hex")])) }),
    ...(error === undefined ? {} : { error: Buffer.from(error, "hex").toString("utf8") }),
  }
}
