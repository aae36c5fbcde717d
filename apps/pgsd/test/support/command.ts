import { type ChildProcess, spawn } from "node:child_process"
import { openSync } from "node:fs"
import { fileURLToPath } from "node:url"

const ROOT = fileURLToPath(new URL("../../../../", import.meta.url))

interface Finished {
  readonly exitCode: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

interface RunningCommand {
  readonly child: ChildProcess
  readonly stdout: () => string
  /** Resolves when standard output matches; rejects when the program ends first. */
  shows(pattern: RegExp): Promise<void>
  readonly finished: Promise<Finished>
}

interface CommandOptions {
  /** Only PATH of this process's environment is passed on. */
  readonly env?: Readonly<Record<string, string>>
  readonly cwd?: string
  /** Where standard output goes instead of being collected. */
  readonly stdoutFile?: string
}

/** Starts the program from source, as `pnpm pgsd` does. */
export function startCommand(args: readonly string[], { env = {}, cwd = ROOT, stdoutFile }: CommandOptions = {}): RunningCommand {
  const main = fileURLToPath(new URL("../../src/main.ts", import.meta.url))
  const tsx = import.meta.resolve("tsx")
  const child = spawn(process.execPath, ["--conditions=@pgsd/source", "--import", tsx, main, ...args], {
    cwd,
    env: { PATH: process.env.PATH, ...env },
    stdio: ["ignore", stdoutFile === undefined ? "pipe" : openSync(stdoutFile, "w"), "pipe"],
  })
  const [stdout, stderr] = [child.stdout, child.stderr].map((stream) => (stream === null ? () => "" : collect(stream))) as [
    () => string,
    () => string,
  ]
  const finished = new Promise<Finished>((resolve, reject) => {
    child.once("error", reject)
    child.once("close", (exitCode, signal) => resolve({ exitCode, signal, stdout: stdout(), stderr: stderr() }))
  })
  const shows = (pattern: RegExp) =>
    new Promise<void>((resolve, reject) => {
      const look = () => pattern.test(stdout()) && resolve()
      child.stdout?.on("data", look)
      look()
      void finished.then(({ stderr }) => reject(new Error(`the program ended without showing ${pattern}: ${stderr}`)))
    })
  return { child, stdout, shows, finished }
}

export function runCommand(args: readonly string[], options?: CommandOptions): Promise<Finished> {
  return startCommand(args, options).finished
}

function collect(stream: NodeJS.ReadableStream): () => string {
  const chunks: Buffer[] = []
  stream.on("data", (chunk: Buffer) => chunks.push(chunk))
  return () => Buffer.concat(chunks).toString("utf8")
}
