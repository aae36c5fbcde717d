import { type ChildProcess, spawn } from "node:child_process"
import { fileURLToPath } from "node:url"

export interface Child {
  readonly process: ChildProcess
  /** Its output so far. */
  output(): string
  readonly ended: Promise<{ readonly code: number | null; readonly signal: string | null }>
}

/** Runs a program of this folder from source, in a separate process. */
export function child(program: string, parameters: readonly string[] = [], nodeOptions: readonly string[] = []): Child {
  const file = fileURLToPath(new URL(program, import.meta.url))
  const started = spawn(process.execPath, [...nodeOptions, "--conditions=@pgsd/source", "--import", "tsx", file, ...parameters], {
    stdio: ["ignore", "pipe", "pipe"],
  })
  let output = ""
  for (const stream of [started.stdout, started.stderr]) stream?.on("data", (chunk: Buffer) => (output += chunk.toString()))
  const ended = new Promise<{ code: number | null; signal: string | null }>((resolve) => {
    started.on("close", (code, signal) => resolve({ code, signal }))
  })
  return { process: started, output: () => output, ended }
}
