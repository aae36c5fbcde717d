import type { PostgresServer } from "@pgsd/testing/server"
import { ContestantProcess } from "../harness/contestant-process.ts"
import { benchServer } from "./server.ts"

/** One process and one server with TLS for all clients of a quick run, started on first use. */
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
