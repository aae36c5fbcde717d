import type { PipelineOptions, PipelineResult, PipelineStep, PortalClose, QueryResult } from "../../contract.ts"
import { PgsdError, QueryError } from "../../errors.ts"
import { atStatement } from "../../pipeline-steps.ts"
import type { ValueParsers } from "../../values.ts"
import { Outbox } from "../protocol/outbox.ts"
import { ProtocolViolation } from "../protocol/protocol-violation.ts"
import type { RowListener } from "../protocol/tap.ts"
import { type ExchangeHost, exchanged, type FallibleExchange } from "./exchanged.ts"
import { Request } from "./request.ts"

/** The parameters of a statement as they are sent; undefined for a step that has none. */
type Values = readonly (string | null)[] | undefined

/** The steps are checked. @param types parsers for steps that have none of their own */
export async function sendSteps(
  host: ExchangeHost,
  steps: readonly PipelineStep[],
  values: readonly Values[],
  { signal }: PipelineOptions,
  types: ValueParsers | undefined,
): Promise<PipelineResult[]> {
  if (steps.length === 0) return []
  const exchange = new StepExchange(host, steps, values, types)
  try {
    await exchanged(host, "", exchange, signal, new AbortController())
  } catch (error) {
    throw error instanceof QueryError && exchange.next !== undefined ? atStatement(error, exchange.next) : error
  }
  if (exchange.next === undefined) return exchange.results
  host.wire.cut()
  throw new PgsdError("PGSD_PROTOCOL_VIOLATION", "the server left a pipelined statement without an answer")
}

/** Steps that are written one behind the other, with one Sync behind the last. */
class StepExchange implements FallibleExchange, RowListener {
  readonly copying = false
  readonly rows = this
  readonly results: PipelineResult[] = []
  /** Of a parser of the caller's. */
  failure: { readonly error: unknown } | undefined
  readonly #host: ExchangeHost
  readonly #steps: readonly PipelineStep[]
  readonly #values: readonly Values[]
  /** Of the steps that the server answers. */
  readonly #answers: readonly Request[]
  #answered = 0
  #suspended = false
  #isOver = false

  constructor(host: ExchangeHost, steps: readonly PipelineStep[], values: readonly Values[], types: ValueParsers | undefined) {
    this.#host = host
    this.#steps = steps
    this.#values = values
    this.#answers = steps.flatMap((step) => (isClose(step) ? [] : [step])).map((step) => this.#answerTo(step, types))
  }

  /** The statement or fetch that has no answer yet. */
  get next(): number | undefined {
    return this.#answered < this.#answers.length ? this.#answered : undefined
  }

  #answerTo(step: Exclude<PipelineStep, PortalClose>, connectionTypes: ValueParsers | undefined): Request {
    const { types = connectionTypes, rowMode } = step
    const resolve = (result: QueryResult) => {
      const suspended = this.#suspended
      this.results.push({ ...result, ...(suspended && { rowCount: result.rows.length }), suspended })
    }
    const reject = (error: unknown) => {
      this.failure ??= { error }
    }
    return new Request("sql" in step ? step.sql : "", undefined, undefined, types, rowMode === "array", resolve, reject)
  }

  begin(): void {
    this.#write().catch(() => this.#host.wire.cut())
  }

  async #write(): Promise<void> {
    const { wire } = this.#host
    const out = new Outbox((bytes) => wire.send(bytes))
    for (const [index, step] of this.#steps.entries()) {
      writeStep(out, step, this.#values[index])
      await wire.drained()
      if (this.#isOver) return
    }
    out.sync()
    out.post()
  }

  rowDescription(bytes: Buffer, start: number, end: number): void {
    this.#answer.described(this.#host.client, bytes, start, end)
  }

  dataRow(bytes: Buffer, start: number, end: number): void {
    this.#answer.dataRow(bytes, start, end)
  }

  concluded(tag: string | undefined): void {
    if (tag !== undefined) this.#settle(tag, false)
  }

  suspended(): void {
    this.#settle("", true)
  }

  #settle(tag: string, suspended: boolean): void {
    const answer = this.#answer
    this.#answered++
    this.#suspended = suspended
    answer.tag = tag
    answer.settle("")
  }

  get #answer(): Request {
    const answer = this.#answers[this.#answered]
    if (answer === undefined) throw new ProtocolViolation("a pipeline got more answers than it has statements")
    return answer
  }

  copyStarted(): void {
    throw new ProtocolViolation("a COPY began in a pipeline")
  }

  copyData(): void {}

  chunkRead(): void {}

  /** What is left is written all the same: once the server has been stopped it passes over everything up to the Sync. */
  stop(): boolean {
    return false
  }

  over(): void {
    this.#isOver = true
  }
}

function isClose(step: PipelineStep): step is PortalClose {
  return "close" in step
}

function writeStep(out: Outbox, step: PipelineStep, values: Values = []): void {
  if (isClose(step)) {
    out.closePortal(step.close)
    return
  }
  const portal = "sql" in step ? (step.portal ?? "") : step.fetch
  if ("sql" in step) {
    out.parse("", step.sql)
    out.bind("", values, undefined, portal)
  }
  out.describe(portal)
  out.executePortal(portal, step.rows ?? 0)
}
