import type { QueryOptions, QueryResult } from "../contract.ts"
import { quoteIdentifier } from "../quote.ts"
import type { Scope } from "./scope.ts"
import type { PlainStatement } from "./statement.ts"
import { type UseState, undo } from "./undo.ts"

/** FETCH counts with 32 bits; no array holds so many rows. */
const MOST_FETCHED = 2 ** 31 - 1

export interface CursorLimits {
  readonly signal?: AbortSignal | undefined
  /** For each round trip, in ms. */
  readonly timeoutMs: number
}

/** A server-side cursor of one statement: the server keeps the rows, we ask for as many as we want. */
export class Cursor {
  readonly #use: UseState
  readonly #scope: Scope | undefined
  readonly #name: string
  readonly #statement: PlainStatement
  readonly #options: QueryOptions
  readonly #limits: CursorLimits

  /** @param scope the transaction in which it lives; undefined: one that the user began by a statement */
  constructor(use: UseState, scope: Scope | undefined, statement: PlainStatement, options: QueryOptions, limits: CursorLimits) {
    this.#use = use
    this.#scope = scope
    this.#name = quoteIdentifier(use().name("cursor"))
    this.#statement = statement
    // Not `prepare`: the text of a cursor is never the same twice.
    this.#options = { types: options.types, rowMode: options.rowMode, undefinedAs: options.undefinedAs }
    this.#limits = limits
  }

  /** DECLARE and the first rows, in one round trip; behind `begin`, when that is given, in the same one. */
  async open<R>(rows: number, begin?: string): Promise<QueryResult<R>> {
    const state = this.#use()
    const { sql, params = [] } = this.#statement
    // Through the extended protocol even without parameters, so that the statement can only be one.
    const outcomes = await this.#roundTrip((signal) =>
      Promise.allSettled([
        begin === undefined ? undefined : state.send(begin, undefined, { signal }),
        state.send(`DECLARE ${this.#name} NO SCROLL CURSOR FOR ${sql}`, params, { ...this.#options, signal }),
        state.send<R>(this.#fetchText(rows), undefined, { ...this.#options, signal }),
      ]),
    )
    const failure = outcomes.find((each) => each.status === "rejected")
    if (failure !== undefined) throw failure.reason
    return (outcomes[2] as PromiseFulfilledResult<QueryResult<R>>).value
  }

  /** Up to `rows` rows; fewer means that there are no more. */
  fetch<R>(rows: number): Promise<QueryResult<R>> {
    return this.#send<R>(this.#fetchText(rows))
  }

  async close(): Promise<void> {
    await this.#send(`CLOSE ${this.#name}`)
  }

  /** After a failure or an early exit, inside a transaction that goes on: never rejects. */
  async abandon(): Promise<void> {
    await undo(() => this.#stateIfOpen(), this.#scope, `CLOSE ${this.#name}`)
  }

  #stateIfOpen() {
    const state = this.#use()
    state.admit(this.#scope)
    if (state.connection.status === "failed") throw new Error("the server has closed it with the failed transaction")
    return state
  }

  #fetchText(rows: number): string {
    return `FETCH FORWARD ${Math.min(rows, MOST_FETCHED)} FROM ${this.#name}`
  }

  #send<R>(sql: string): Promise<QueryResult<R>> {
    const state = this.#use()
    return this.#roundTrip((signal) => state.send<R>(sql, undefined, { ...this.#options, signal }))
  }

  #roundTrip<T>(start: (signal: AbortSignal) => Promise<T>): Promise<T> {
    return this.#use().within(start, [this.#limits.signal, this.#scope?.signal], this.#limits.timeoutMs)
  }
}
