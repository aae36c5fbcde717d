import type { StatementNames } from "../../adapter/statement-names.ts"
import type { QueryOptions, QueryResult } from "../../contract.ts"
import { PgsdError } from "../../errors.ts"
import { AbortSource } from "../../on-abort.ts"
import { Outbox } from "../protocol/outbox.ts"
import { ProtocolViolation } from "../protocol/protocol-violation.ts"
import { type ExchangeHost, exchanged } from "./exchanged.ts"
import type { Request } from "./request.ts"
import { ResultsExchange } from "./results-exchange.ts"

export interface NamedStatement extends Pick<QueryOptions, "signal" | "types" | "rowMode"> {
  readonly sql: string
  readonly values: readonly (string | null)[]
  /** The caller's name for the statement. */
  readonly name: string
}

/** Executes one statement under the caller's name. Not sent by the driver, because postgres.js chooses all names itself. */
export async function sendNamed(host: ExchangeHost, names: StatementNames, statement: NamedStatement): Promise<QueryResult> {
  const exchange = new NamedExchange(host, names, statement)
  await exchanged(host, statement.sql, exchange, statement.signal, new AbortSource())
  const [result] = exchange.results
  if (result !== undefined) {
    const { suspended: _, ...whole } = result
    return whole
  }
  host.wire.disconnect()
  throw new PgsdError("PGSD_PROTOCOL_VIOLATION", "the server left a named statement without an answer")
}

class NamedExchange extends ResultsExchange {
  /** Whether the statement was already prepared when it was sent. */
  usedPrepared = false
  readonly #names: StatementNames
  readonly #statement: NamedStatement
  #answer: Request | undefined

  constructor(host: ExchangeHost, names: StatementNames, statement: NamedStatement) {
    super(host)
    this.#names = names
    this.#statement = statement
  }

  begin(): void {
    const { name, sql, values, types, rowMode } = this.#statement
    this.#answer = this.answerTo(sql, types, rowMode)
    const out = new Outbox((bytes) => this.host.wire.send(bytes))
    this.usedPrepared = this.#names.isGiven(name, sql)
    if (!this.usedPrepared) {
      const obsolete = this.#names.give(name, sql)
      if (obsolete !== undefined) out.close(obsolete)
      // It may have been prepared with SQL, or by a Parse whose statement failed later.
      out.close(name)
      out.parse(name, sql)
    }
    out.bind(name, values)
    out.describe()
    out.execute()
    out.post()
  }

  override concluded(tag: string | undefined): void {
    if (tag === undefined) this.#names.drop(this.#statement.name)
    super.concluded(tag)
  }

  protected override get answer(): Request {
    if (this.#answer === undefined) throw new ProtocolViolation("a named statement got more than one response")
    return this.#answer
  }

  protected override answered(): void {
    this.#answer = undefined
  }

  copyStarted(): void {
    throw new ProtocolViolation("COPY started in a named statement")
  }
}
