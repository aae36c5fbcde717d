import { textOf } from "../../adapter/steps-text.ts"
import { atStatement } from "../../at-statement.ts"
import type { PipelineOptions, PipelineResult, PipelineStep, PortalClose, ValueParsers } from "../../contract.ts"
import { PgsdError, QueryError } from "../../errors.ts"
import { AbortSource } from "../../on-abort.ts"
import { Outbox } from "../protocol/outbox.ts"
import { ProtocolViolation } from "../protocol/protocol-violation.ts"
import { type ExchangeHost, exchanged } from "./exchanged.ts"
import type { Request } from "./request.ts"
import { ResultsExchange } from "./results-exchange.ts"

/** A statement's serialised parameters; undefined for a step without any. */
type Values = readonly (string | null)[] | undefined

/** Runs validated steps. @param types parsers for steps without their own */
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
    await exchanged(host, textOf(steps), exchange, signal, new AbortSource())
  } catch (error) {
    throw error instanceof QueryError && exchange.next !== undefined ? atStatement(error, exchange.next) : error
  }
  if (exchange.next === undefined) return exchange.results
  host.wire.disconnect()
  throw new PgsdError("PGSD_PROTOCOL_VIOLATION", "the server did not answer a pipelined statement")
}

/** Steps written one after another, with one Sync after the last. */
class StepExchange extends ResultsExchange {
  readonly #steps: readonly PipelineStep[]
  readonly #values: readonly Values[]
  /** Of the steps that the server answers. */
  readonly #answers: readonly Request[]
  #answered = 0

  constructor(host: ExchangeHost, steps: readonly PipelineStep[], values: readonly Values[], types: ValueParsers | undefined) {
    super(host)
    this.#steps = steps
    this.#values = values
    this.#answers = steps
      .flatMap((step) => (isClose(step) ? [] : [step]))
      .map((step) => this.answerTo("sql" in step ? step.sql : "", step.types ?? types, step.rowMode))
  }

  /** The index of the first statement or fetch without a response. */
  get next(): number | undefined {
    return this.#answered < this.#answers.length ? this.#answered : undefined
  }

  begin(): void {
    this.#write().catch(() => this.host.wire.disconnect())
  }

  async #write(): Promise<void> {
    const { wire } = this.host
    const out = new Outbox((bytes) => wire.send(bytes))
    for (const [index, step] of this.#steps.entries()) {
      writeStep(out, step, this.#values[index])
      await wire.drained()
      if (this.isOver) return
    }
    out.sync()
    out.post()
  }

  protected override get answer(): Request {
    const answer = this.#answers[this.#answered]
    if (answer === undefined) throw new ProtocolViolation("a pipeline got more responses than it has statements")
    return answer
  }

  protected override answered(): void {
    this.#answered++
  }

  copyStarted(): void {
    throw new ProtocolViolation("COPY started in a pipeline")
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
