import { type Clock, systemClock } from "../clock.ts"

/** How the calls of a session behave; times in ms. */
export interface CallSettings {
  /** What errors and diagnostics call the database. */
  readonly label: string
  /** Of statements that have none of their own. */
  readonly queryTimeoutMs: number
  readonly commitTimeoutMs: number
  /** For ROLLBACK and whatever else undoes. */
  readonly rollbackTimeoutMs: number
  /** How long a stopped statement may take to end; then the connection is given up. */
  readonly cancelTimeoutMs: number
  readonly clock: Clock
  /** From 0 (included) to 1 (excluded): the pauses between attempts of a transaction. */
  readonly random: () => number
}

export const CALL_DEFAULTS: Omit<CallSettings, "label"> = {
  queryTimeoutMs: Number.POSITIVE_INFINITY,
  commitTimeoutMs: 60_000,
  rollbackTimeoutMs: 5_000,
  cancelTimeoutMs: 2_000,
  clock: systemClock,
  random: Math.random,
}

/** A statement that is being sent, for an owner that observes. */
export interface ObservedStatement {
  readonly sql: string
  readonly startedAt: number
  /** What the owner gave for the transaction around it. */
  readonly transaction: unknown
  /** The owner's. */
  trace?: unknown
}

export interface StatementOutcome {
  readonly rowCount?: number
  readonly error?: unknown
}

/** The owner of the connection, as far as its session needs it. */
export interface SessionOwner {
  /** Statements are timed and told to {@link sending} and {@link told}, transactions to {@link began} and {@link ended}. */
  readonly observes: boolean
  /** Runs `send`. */
  sending<T>(statement: ObservedStatement, send: () => T): T
  told(statement: ObservedStatement, outcome: StatementOutcome): void
  /** @returns what {@link ended} is given */
  began(readOnly: boolean): unknown
  ended(transaction: unknown, error: unknown): void
  /** A statement failed. */
  failed(error: unknown): void
  /** The connection does not answer, or its state is unknown: it must not be used again. */
  giveUp(): void
}

/** What a call may be given to end it. */
export interface Limits {
  readonly signal?: AbortSignal | undefined
  readonly timeoutMs?: number | undefined
}
