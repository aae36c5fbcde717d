import { type Clock, systemClock } from "../clock.ts"

/** Settings of a session's calls; times in ms. */
export interface CallSettings {
  /** The database's label in errors and diagnostics. */
  readonly label: string
  /** The default for statements without their own. */
  readonly queryTimeoutMs: number
  readonly commitTimeoutMs: number
  /** For ROLLBACK and any other cleanup. */
  readonly rollbackTimeoutMs: number
  /** How long a cancelled statement may take to end before the connection is destroyed. */
  readonly cancelTimeoutMs: number
  readonly clock: Clock
  /** From 0 (inclusive) to 1 (exclusive), for the pauses between attempts of a transaction. */
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

/** A statement being sent, for an owner that observes. */
export interface ObservedStatement {
  readonly sql: string
  /** The statements of a batch, of which `sql` is all. */
  readonly batch?: readonly string[] | undefined
  readonly startedAt: number
  /** The owner's value for the enclosing transaction. */
  readonly transaction: unknown
  /** The owner's. */
  trace?: unknown
}

export interface StatementOutcome {
  readonly rowCount?: number
  readonly error?: unknown
}

/** The part of a connection's owner that its session needs. */
export interface SessionOwner {
  /** Whether statements are timed and reported to {@link sending} and {@link settled}, transactions to {@link began} and {@link ended}. */
  readonly observes: boolean
  /** Runs `send`. */
  sending<T>(statement: ObservedStatement, send: () => T): T
  settled(statement: ObservedStatement, outcome: StatementOutcome): void
  /** @returns the value passed to {@link ended} */
  began(readOnly: boolean): unknown
  ended(transaction: unknown, error: unknown): void
  /** A statement failed. */
  failed(error: unknown): void
  /** The connection does not respond, or its state is unknown: it must not be reused. */
  giveUp(): void
}

/** Limits that a call may be given. */
export interface Limits {
  readonly signal?: AbortSignal | undefined
  readonly timeoutMs?: number | undefined
}
