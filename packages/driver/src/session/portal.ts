import type { PlainStatement } from "../calls/statement.ts"
import type { PipelineResult, PipelineStep, QueryOptions } from "../contract.ts"
import { MOST_ROWS } from "../most-rows.ts"
import type { Operation } from "./operation.ts"
import type { Scope } from "./scope.ts"
import type { SessionState } from "./session-state.ts"
import { type UseState, undo } from "./undo.ts"

export interface PortalLimits {
  readonly signal?: AbortSignal | undefined
  /** Timeout of each round trip, in ms. @default the session's queryTimeoutMs */
  readonly timeoutMs?: number | undefined
}

type Form = Pick<QueryOptions, "types" | "rowMode" | "undefinedAs">

/** A statement whose rows stay on the server until they are fetched: any statement that returns rows. */
export class Portal<R> {
  readonly #use: UseState
  readonly #scope: Scope | undefined
  readonly #name: string
  readonly #statement: PlainStatement
  readonly #form: Form
  readonly #limits: PortalLimits
  /** All of its round trips, for an owner that observes. */
  readonly #operation: Operation
  #rowCount = 0

  /** @param scope its transaction; undefined for one that the caller started by a statement, or none */
  constructor(
    use: UseState,
    scope: Scope | undefined,
    statement: PlainStatement,
    { types, rowMode, undefinedAs }: Form,
    limits: PortalLimits,
  ) {
    this.#use = use
    this.#scope = scope
    this.#name = use().name("portal")
    this.#statement = statement
    this.#form = { types, rowMode, undefinedAs }
    this.#limits = limits
    this.#operation = use().operation(statement.sql)
  }

  /** The first rows; with `begin` in the same round trip, if given. */
  open(rows: number, begin?: string): Promise<PipelineResult<R>> {
    const { sql, params } = this.#statement
    const statement = { sql, params, ...this.#form, portal: this.#name, rows: Math.min(rows, MOST_ROWS) }
    return this.#send(begin === undefined ? [statement] : [{ sql: begin }, statement])
  }

  /** The next rows. */
  fetch(rows: number): Promise<PipelineResult<R>> {
    const { types, rowMode } = this.#form
    return this.#send([{ fetch: this.#name, rows: Math.min(rows, MOST_ROWS), types, rowMode }])
  }

  /** All rows if there are at most `rows`, in a single round trip. */
  async first(rows: number): Promise<PipelineResult<R>> {
    const { sql, params } = this.#statement
    const steps = [{ sql, params, ...this.#form, rows: Math.min(rows, MOST_ROWS), portal: this.#name }, this.#closing]
    try {
      return await this.#send(steps)
    } catch (error) {
      this.settled(error)
      throw error
    } finally {
      this.settled()
    }
  }

  /** What an observer is told of it. Only the first call counts. @param error why it failed */
  settled(error?: unknown): void {
    this.#operation.end(error === undefined ? { rowCount: this.#rowCount } : { error })
  }

  async close(): Promise<void> {
    await this.#send([this.#closing])
  }

  /** After a failure or an early exit, inside a transaction that continues: never rejects. */
  async abandon(): Promise<void> {
    const close = (state: SessionState) => state.pipelineOf(this.#operation, [this.#closing], undefined)
    await undo(() => this.#stateIfOpen(), this.#scope, close)
  }

  #stateIfOpen(): SessionState {
    const state = this.#use()
    state.admit(this.#scope)
    if (state.connection.status === "failed") throw new Error("the server has closed it with the failed transaction")
    return state
  }

  get #closing() {
    return { close: this.#name }
  }

  async #send(steps: readonly PipelineStep[]): Promise<PipelineResult<R>> {
    const state = this.#use()
    const start = (signal: AbortSignal) => state.pipelineOf(this.#operation, steps, signal)
    const sent = state.within(start, [this.#limits.signal, this.#scope?.signal, state.workSignal], this.#limits.timeoutMs)
    // Its transaction ends afterwards, although nothing may be awaiting it.
    this.#scope?.track(sent)
    const results = await sent
    for (const { rows } of results) this.#rowCount += rows.length
    return results.at(-1) as PipelineResult<R>
  }
}
