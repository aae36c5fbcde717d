import { context, type Span, SpanKind, SpanStatusCode, type Tracer, trace } from "@opentelemetry/api"
import type { PoolConnectErrorEvent, PoolQueryTrace, PoolTransactionTrace } from "@pgsd/pool"
import { failureOf, operationOf, placeOf } from "./attributes.ts"

interface OpenTransaction {
  readonly span: Span
  /** What was active when it began. */
  readonly around: Span | undefined
}

/** A span for each statement and transaction. They are kept by the identity of their trace, so that one that is dropped leaves nothing. */
export class Spans {
  readonly #tracer: Tracer
  readonly #textOf: ((sql: string) => string) | undefined
  readonly #statements = new WeakMap<PoolQueryTrace, Span>()
  readonly #transactions = new WeakMap<PoolTransactionTrace, OpenTransaction>()

  constructor(tracer: Tracer, textOf: ((sql: string) => string) | undefined) {
    this.#tracer = tracer
    this.#textOf = textOf
  }

  statementBegins(statement: PoolQueryTrace): void {
    const { sql, connection, transaction } = statement
    const operation = operationOf(sql)
    const attributes = { ...placeOf(connection), "db.operation.name": operation, "db.query.text": this.#textOf?.(sql) }
    const name = [operation, connection.database].filter(Boolean).join(" ")
    this.#statements.set(statement, this.#tracer.startSpan(name, { kind: SpanKind.CLIENT, attributes }, this.#parentIn(transaction)))
  }

  statementEnds(statement: PoolQueryTrace): void {
    end(this.#statements.get(statement), statement.error)
  }

  transactionBegins(transaction: PoolTransactionTrace): void {
    const { connection } = transaction
    const around = trace.getSpan(context.active())
    const span = this.#tracer.startSpan(`TRANSACTION ${connection.database}`, { kind: SpanKind.INTERNAL, attributes: placeOf(connection) })
    this.#transactions.set(transaction, { span, around })
  }

  transactionEnds(transaction: PoolTransactionTrace): void {
    end(this.#transactions.get(transaction)?.span, transaction.error)
  }

  connectFailed({ error, host, address, port, durationMs }: PoolConnectErrorEvent): void {
    const now = Date.now()
    const span = this.#tracer.startSpan("CONNECT", {
      kind: SpanKind.CLIENT,
      startTime: now - durationMs,
      attributes: placeOf({ ...(host && { host }), ...(address && { address }), ...(port && { port }) }),
    })
    end(span, error, now)
  }

  /** The transaction, unless the program has a span of its own inside it. */
  #parentIn(transaction: PoolTransactionTrace | undefined) {
    const active = context.active()
    const open = transaction && this.#transactions.get(transaction)
    if (open === undefined) return active
    const current = trace.getSpan(active)
    return current === undefined || current === open.around ? trace.setSpan(active, open.span) : active
  }
}

function end(span: Span | undefined, error: unknown, at?: number): void {
  if (span === undefined) return
  if (error !== undefined) {
    span.setAttributes(failureOf(error))
    // Not the message: PostgreSQL's may hold values.
    span.setStatus({ code: SpanStatusCode.ERROR, message: String(failureOf(error)["error.type"]) })
  }
  span.end(at)
}
