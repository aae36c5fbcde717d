import type { PipelineResult, QueryResult, ValueParsers } from "../../contract.ts"
import type { RowListener } from "../protocol/tap.ts"
import type { ExchangeHost, FallibleExchange } from "./exchanged.ts"
import { Request } from "./request.ts"

/** An exchange whose response is a sequence of results. */
export abstract class ResultsExchange implements FallibleExchange, RowListener {
  readonly copying = false
  readonly rows = this
  readonly results: PipelineResult[] = []
  /** For example of a caller's parser. */
  failure: { readonly error: unknown } | undefined
  protected readonly host: ExchangeHost
  protected isOver = false
  #suspended = false

  constructor(host: ExchangeHost) {
    this.host = host
  }

  abstract begin(): void
  abstract copyStarted(direction: "in" | "out" | "both"): void
  /** The request that is being answered. */
  protected abstract get answer(): Request
  /** It has been answered: what follows belongs to the next one. */
  protected abstract answered(): void

  protected answerTo(sql: string, types: ValueParsers | undefined, rowMode: "array" | undefined): Request {
    const resolve = (result: QueryResult) => {
      const suspended = this.#suspended
      this.results.push({ ...result, ...(suspended && { rowCount: result.rows.length }), suspended })
    }
    const reject = (error: unknown) => {
      this.failure ??= { error }
    }
    return new Request(sql, undefined, undefined, types, rowMode === "array", resolve, reject)
  }

  rowDescription(bytes: Buffer, start: number, end: number): void {
    this.answer.described(this.host.client, bytes, start, end)
  }

  dataRow(bytes: Buffer, start: number, end: number): void {
    this.answer.dataRow(bytes, start, end)
  }

  concluded(tag: string | undefined): void {
    if (tag !== undefined) this.#settle(tag, false)
  }

  suspended(): void {
    this.#settle("", true)
  }

  #settle(tag: string, suspended: boolean): void {
    const { answer } = this
    this.answered()
    this.#suspended = suspended
    answer.tag = tag
    answer.settle("")
  }

  copyData(): void {}

  chunkRead(): void {}

  /**
   * Always by CancelRequest: the remaining messages are still written, and after the error the server ignores everything up to the Sync.
   */
  stop(): number {
    return 0
  }

  over(): void {
    this.isOver = true
  }
}
