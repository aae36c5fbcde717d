import { type ChildProcess, fork } from "node:child_process"
import type { Message, ServerAction, ServerActionDone, TaskRequest } from "./protocol.ts"

/** The process ended before it responded: a result like any other. */
class ProcessDied extends Error {
  override readonly name = "ProcessDied"
}

/** No response within the deadline. */
class ProcessTimedOut extends Error {
  override readonly name = "ProcessTimedOut"
}

interface Pending {
  resolve(result: unknown): void
  reject(error: Error): void
}

export interface ProcessOptions {
  /** The program to run: the child module next to the main one, built or not. */
  readonly program: URL
  readonly onServerRequest?: ((action: ServerAction) => Promise<void>) | undefined
}

const STDERR_CHARACTERS = 4_000
const STDERR_DRAIN_MS = 200

/** A process per contestant, so that heap, event loop and crashes are not shared. */
export class ContestantProcess {
  readonly #child: ChildProcess
  readonly #pending = new Map<number, Pending>()
  readonly #ended: Promise<void>
  #lastId = 0
  #stderr = ""
  #death: string | undefined

  constructor({ program, onServerRequest }: ProcessOptions) {
    this.#child = fork(program, { execArgv: [...process.execArgv, "--expose-gc"], stdio: ["ignore", "ignore", "pipe", "ipc"] })
    this.#child.stderr!.on("data", (chunk: Buffer) => {
      // The beginning: Node prints the message before the object's properties.
      if (this.#stderr.length < STDERR_CHARACTERS) this.#stderr += chunk
    })
    this.#child.on("message", (message: Message) => {
      if ("serverRequest" in message) void this.#perform(message.serverRequest, message.action, onServerRequest)
      else this.#answered(message)
    })
    this.#child.on("error", (error) => this.#died(error.message))
    // Not "close": Node does not emit it once the channel was disconnected from this side.
    this.#ended = new Promise((resolve) => {
      this.#child.on("exit", (code, signal) => {
        const over = () => {
          clearTimeout(timer)
          this.#died(reasonOf(this.#stderr) ?? `exit ${signal ?? code}`)
          resolve()
        }
        // The end of stderr may still be in flight.
        const timer = setTimeout(over, STDERR_DRAIN_MS)
        if (this.#child.stderr!.closed) over()
        else this.#child.stderr!.once("close", over)
      })
    })
  }

  /**
   * @throws ProcessDied, ProcessTimedOut, or what the task threw
   */
  run<T>(task: string, options: unknown, timeoutMs: number): Promise<T> {
    if (this.#death !== undefined) return Promise.reject(new ProcessDied(this.#death))
    const id = ++this.#lastId
    return new Promise<T>((resolve, reject) => {
      const timer = setTimeout(() => settle(() => reject(new ProcessTimedOut(`${task}: no answer within ${timeoutMs} ms`))), timeoutMs)
      const settle = (then: () => void) => {
        clearTimeout(timer)
        this.#pending.delete(id)
        then()
      }
      this.#pending.set(id, {
        resolve: (result) => settle(() => resolve(result as T)),
        reject: (error) => settle(() => reject(error)),
      })
      this.#child.send({ id, task, options } satisfies TaskRequest)
    })
  }

  /** How long the process takes to end on its own, in ms; undefined if it does not within `timeoutMs`. */
  async exitsWithin(timeoutMs: number): Promise<number | undefined> {
    const since = performance.now()
    // The channel to its parent would keep it alive.
    if (this.#child.connected) this.#child.disconnect()
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<"late">((resolve) => {
      timer = setTimeout(() => resolve("late"), timeoutMs)
    })
    const outcome = await Promise.race([this.#ended, late])
    clearTimeout(timer)
    return outcome === "late" ? undefined : performance.now() - since
  }

  /** Kills it, whatever its state. */
  async end(): Promise<void> {
    this.#child.kill("SIGKILL")
    await this.#ended
  }

  #answered(message: { readonly id: number } & ({ readonly result: unknown } | { readonly error: string })): void {
    const pending = this.#pending.get(message.id)
    if ("error" in message) pending?.reject(new Error(message.error))
    else pending?.resolve(message.result)
  }

  async #perform(serverRequest: number, action: ServerAction, onServerRequest: ProcessOptions["onServerRequest"]): Promise<void> {
    await onServerRequest?.(action)
    if (this.#child.connected) this.#child.send({ serverRequest, at: Date.now() } satisfies ServerActionDone)
  }

  #died(why: string): void {
    this.#death ??= why
    for (const { reject } of [...this.#pending.values()]) reject(new ProcessDied(this.#death))
  }
}

// The line of the report that names the uncaught error.
function reasonOf(stderr: string): string | undefined {
  return stderr
    .split("\n")
    .map((line) => line.trim())
    .find((line) => /^(([A-Z]\w*)?Error|error)( \[\w+\])?: (?!\[)/.test(line))
}
