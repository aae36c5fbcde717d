import { context, type Span, SpanKind, SpanStatusCode, type Tracer, trace } from "@opentelemetry/api"
import type { PoolConnectErrorEvent, PoolQueryTrace, PoolTransactionTrace } from "@pgsd/pool"
import { failureOf, placeOf } from "./attributes.ts"
import type { Descriptions } from "./query-text.ts"

interface OpenTransaction {
  readonly span: Span
  /** The active context when it started. */
  readonly around: Span | undefined
}

/** One span per statement and transaction, kept by the identity of their trace, so that a dropped one leaves nothing behind. */
export class Spans {
  readonly #tracer: Tracer
  readonly #descriptions: Descriptions
  readonly #statements = new WeakMap<PoolQueryTrace, Span>()
  readonly #transactions = new WeakMap<PoolTransactionTrace, OpenTransaction>()

  constructor(tracer: Tracer, descriptions: Descriptions) {
    this.#tracer = tracer
    this.#descriptions = descriptions
  }

  statementBegins(statement: PoolQueryTrace): void {
    const { connection, transaction } = statement
    const { summary, text, size } = this.#descriptions.ofAll(statement)
    const query = { "db.query.summary": summary || undefined, "db.query.text": text, "db.operation.batch.size": size }
    const attributes = { ...placeOf(connection), ...query }
    const name = summary || connection.database
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

  /** The transaction, unless the program has its own span inside it. */
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
    // Not the message, which may contain values.
    span.setStatus({ code: SpanStatusCode.ERROR, message: String(failureOf(error)["error.type"]) })
  }
  span.end(at)
}
