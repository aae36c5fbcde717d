import type { QueryOptions, QueryResult } from "../../contract.ts"
import { PgsdError, QueryError } from "../../errors.ts"
import { AbortSource } from "../../on-abort.ts"
import { mustPrepareAgain, type StatementNames } from "../../statement-names.ts"
import { Outbox } from "../protocol/outbox.ts"
import { ProtocolViolation } from "../protocol/protocol-violation.ts"
import { type ExchangeHost, exchanged } from "./exchanged.ts"
import type { Request } from "./request.ts"
import { ResultsExchange } from "./results-exchange.ts"

export interface NamedStatement extends Pick<QueryOptions, "signal" | "types" | "rowMode"> {
  readonly sql: string
  readonly values: readonly (string | null)[]
  /** The caller's. */
  readonly name: string
}

/**
 * One statement under a name of the caller's. The driver could not always send it: postgres.js makes all names itself.
 *
 * @param mayRepeat nothing has happened since, and nothing else is under way: one that the server has forgotten is sent once more
 */
export async function sendNamed(
  host: ExchangeHost,
  names: StatementNames,
  statement: NamedStatement,
  mayRepeat: () => boolean,
): Promise<QueryResult> {
  const exchange = new NamedExchange(host, names, statement)
  try {
    await exchanged(host, statement.sql, exchange, statement.signal, new AbortSource())
  } catch (error) {
    const isForgotten = error instanceof QueryError && mustPrepareAgain(error.sqlState)
    if (!exchange.wasGiven || !isForgotten || !mayRepeat()) throw error
    return sendNamed(host, names, statement, mayRepeat)
  }
  const [result] = exchange.results
  if (result !== undefined) {
    const { suspended: _, ...whole } = result
    return whole
  }
  host.wire.cut()
  throw new PgsdError("PGSD_PROTOCOL_VIOLATION", "the server left a named statement without an answer")
}

class NamedExchange extends ResultsExchange {
  /** The server had it when it was sent. */
  wasGiven = false
  readonly #names: StatementNames
  readonly #statement: NamedStatement
  #answer: Request | undefined

  constructor(host: ExchangeHost, names: StatementNames, statement: NamedStatement) {
    super(host)
    this.#names = names
    this.#statement = statement
    this.#answer = this.answerTo(statement.sql, statement.types, statement.rowMode)
  }

  begin(): void {
    const { name, sql, values } = this.#statement
    const out = new Outbox((bytes) => this.host.wire.send(bytes))
    this.wasGiven = this.#names.isGiven(name, sql)
    if (!this.wasGiven) {
      const obsolete = this.#names.give(name, sql)
      if (obsolete !== undefined) out.close(obsolete)
      // It may have been prepared by SQL, or by a Parse whose statement failed later.
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
    if (this.#answer === undefined) throw new ProtocolViolation("a named statement got more than one answer")
    return this.#answer
  }

  protected override answered(): void {
    this.#answer = undefined
  }

  copyStarted(): void {
    throw new ProtocolViolation("a COPY began in a named statement")
  }
}
