import type { QueryOptions, QueryResult } from "../../contract.ts"
import { copyThroughQuery } from "../../copy-statement.ts"
import { AbortSource } from "../../on-abort.ts"
import { COPY_FAIL } from "../protocol/frontend-message.ts"
import { Outbox } from "../protocol/outbox.ts"
import { ProtocolViolation } from "../protocol/protocol-violation.ts"
import { type ExchangeHost, exchanged } from "./exchanged.ts"
import type { Request } from "./request.ts"
import { ResultsExchange } from "./results-exchange.ts"

type TextOptions = Pick<QueryOptions, "signal" | "types" | "rowMode">

/** Executes a string of any number of statements by the simple protocol. @returns the result of each, in order */
export async function sendText(host: ExchangeHost, sql: string, options: TextOptions): Promise<QueryResult[]> {
  const exchange = new TextExchange(host, sql, options)
  await exchanged(host, sql, exchange, options.signal, new AbortSource())
  return exchange.results.map(({ suspended: _, ...result }) => result)
}

class TextExchange extends ResultsExchange {
  readonly #sql: string
  readonly #options: TextOptions
  #answer: Request | undefined

  constructor(host: ExchangeHost, sql: string, options: TextOptions) {
    super(host)
    this.#sql = sql
    this.#options = options
  }

  begin(): void {
    const out = new Outbox((bytes) => this.host.wire.send(bytes))
    out.query(this.#sql)
    out.post()
  }

  protected override get answer(): Request {
    this.#answer ??= this.answerTo(this.#sql, this.#options.types, this.#options.rowMode)
    return this.#answer
  }

  protected override answered(): void {
    this.#answer = undefined
  }

  copyStarted(direction: "in" | "out" | "both"): void {
    if (direction === "both") throw new ProtocolViolation("COPY BOTH started in a query")
    this.failure ??= { error: copyThroughQuery() }
    if (direction === "in") this.host.wire.send(COPY_FAIL)
  }
}
