import type { PostgresServer } from "@pgsd/testing/server"
import { ContestantProcess } from "../harness/contestant-process.ts"
import { benchServer } from "./server.ts"

/** Where figures mean nothing, one process and one server with TLS do for all clients; each begins when it is asked for. */
export class Shared implements AsyncDisposable {
  readonly #program: URL
  #process: ContestantProcess | undefined
  #server: Promise<PostgresServer> | undefined

  constructor(program: URL) {
    this.#program = program
  }

  process(): ContestantProcess {
    this.#process ??= new ContestantProcess({ program: this.#program })
    return this.#process
  }

  server(): Promise<PostgresServer> {
    this.#server ??= benchServer({ tls: true })
    return this.#server
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process?.end()
    await (await this.#server)?.close()
  }
}
