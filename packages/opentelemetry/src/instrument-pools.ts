import { subscribe, tracingChannel, unsubscribe } from "node:diagnostics_channel"
import { type Meter, metrics, type Tracer, trace } from "@opentelemetry/api"
import { checkOptions, oneOf } from "@pgsd/driver"
import type { PoolChannels, PoolQueryTrace, PoolTransactionTrace } from "@pgsd/pool"
import { SCHEMA_URL } from "./attributes.ts"
import { Metrics } from "./metrics.ts"
import { Descriptions, type QueryText } from "./query-text.ts"
import { Spans } from "./spans.ts"

export interface InstrumentOptions {
  /** @default from the global provider, named after this package */
  readonly tracer?: Tracer | undefined
  /** @default from the global provider, named after this package */
  readonly meter?: Meter | undefined
  /** `db.query.text`: `"sanitized"` has `?` for every literal and no comments, `"full"` is the text as sent, `"none"` omits it. @default "sanitized" */
  readonly queryText?: QueryText | undefined
}

const NAME = "@pgsd/opentelemetry"

/**
 * Records spans and metrics of every pool created from now on, from the pools' events, without patching anything.
 *
 * @returns a function that unsubscribes
 * @throws PgsdError PGSD_INVALID_OPTION
 */
export function instrumentPools(options: InstrumentOptions = {}): () => void {
  const any = () => {}
  const text = (name: string, value: string) => oneOf(name, value, ["sanitized", "full", "none"])
  checkOptions("option of instrumentPools", options, { tracer: any, meter: any, queryText: text })
  const { queryText = "sanitized" } = options
  const descriptions = new Descriptions(queryText)
  const scope = { schemaUrl: SCHEMA_URL }
  const spans = new Spans(options.tracer ?? trace.getTracerProvider().getTracer(NAME, undefined, scope), descriptions)
  const measures = new Metrics(options.meter ?? metrics.getMeter(NAME, undefined, scope), descriptions)

  const handlers: { readonly [Name in keyof PoolChannels]?: (event: PoolChannels[Name]) => void } = {
    "pgsd:pool:open": ({ instance }) => measures.opened(instance),
    "pgsd:pool:close": ({ instance }) => measures.closed(instance),
    "pgsd:pool:connect": ({ pool, durationMs }) => measures.connected(pool, durationMs),
    "pgsd:pool:connect-error": (event) => spans.connectFailed(event),
    "pgsd:pool:acquire": ({ pool, waitMs }) => measures.acquired(pool, waitMs),
    "pgsd:pool:acquire-failed": ({ pool, error }) => measures.acquireFailed(pool, error),
    "pgsd:pool:release": ({ pool, heldMs }) => measures.released(pool, heldMs),
  }
  const statements = tracingChannel<unknown, PoolQueryTrace>("pgsd:pool:statement")
  const ofStatements = {
    ...NOTHING,
    start(statement: PoolQueryTrace) {
      spans.statementBegins(statement)
      measures.statementBegins(statement)
    },
    asyncEnd(statement: PoolQueryTrace) {
      measures.statementEnds(statement)
      spans.statementEnds(statement)
    },
  }
  const transactions = tracingChannel<unknown, PoolTransactionTrace>("pgsd:pool:transaction")
  const ofTransactions = {
    ...NOTHING,
    start: (transaction: PoolTransactionTrace) => spans.transactionBegins(transaction),
    asyncEnd: (transaction: PoolTransactionTrace) => spans.transactionEnds(transaction),
  }
  for (const [name, listener] of Object.entries(handlers)) subscribe(name, listener as (event: unknown) => void)
  statements.subscribe(ofStatements)
  transactions.subscribe(ofTransactions)
  return () => {
    for (const [name, listener] of Object.entries(handlers)) unsubscribe(name, listener as (event: unknown) => void)
    statements.unsubscribe(ofStatements)
    transactions.unsubscribe(ofTransactions)
    measures.stop()
  }
}

const NOTHING = { start() {}, end() {}, asyncStart() {}, asyncEnd() {}, error() {} }
