import type { Clock } from "@pgsd/driver"
import { count, isFatal, isPgsdError, PgsdError, type QueryResult, refuseUnknownOptions } from "@pgsd/driver"
import type { IsolationLevel, Lease, TransactionOptions } from "./connection-pool.ts"
import { PoolError } from "./errors.ts"

const ISOLATION: Readonly<Record<IsolationLevel, string>> = {
  "read committed": "READ COMMITTED",
  "repeatable read": "REPEATABLE READ",
  serializable: "SERIALIZABLE",
}

const OPTIONS = [
  "signal",
  "timeoutMs",
  "isolation",
  "readOnly",
  "deferrable",
  "retries",
] as const satisfies readonly (keyof TransactionOptions)[]

/** Pauses between retries, in ms, drawn from 0 up to twice as much each time: only to part callers that collided. */
const FIRST_PAUSE_MS = 10
const LONGEST_PAUSE_MS = 1_000

interface TransactionBounds {
  readonly clock: Clock
  readonly random: () => number
  /** For the ROLLBACK. */
  readonly resetTimeoutMs: number
}

/** Before a connection is taken: none is needed to say that an option is wrong. `signal` and `timeoutMs` are acquire()'s. */
export function checkTransactionOptions(options: TransactionOptions): void {
  refuseUnknownOptions("option of transaction", options, OPTIONS)
  const { isolation, readOnly, deferrable, retries } = options
  if (isolation !== undefined && !Object.hasOwn(ISOLATION, isolation))
    throw new PgsdError("PGSD_INVALID_OPTION", `isolation must be one of ${Object.keys(ISOLATION).join(", ")}`)
  for (const [name, value] of Object.entries({ readOnly, deferrable }))
    if (value !== undefined && typeof value !== "boolean") throw new PgsdError("PGSD_INVALID_OPTION", `${name} must be true or false`)
  if (retries !== undefined) count("retries", retries, 0, true)
}

/** BEGIN, `work`, COMMIT, or ROLLBACK when `work` fails; again as often as `retries` allows when the server broke a conflict. */
export async function runTransaction<T>(
  lease: Lease,
  work: (lease: Lease) => T | Promise<T>,
  options: TransactionOptions,
  bounds: TransactionBounds,
): Promise<T> {
  const { retries = 0, signal } = options
  const { clock, random, resetTimeoutMs } = bounds
  const begin = beginText(options)
  for (let failed = 0; ; failed++) {
    try {
      return await once(lease, begin, work, signal, resetTimeoutMs)
    } catch (error) {
      if (failed >= retries || !isConflict(error) || lease.status !== "idle" || signal?.aborted) throw error
      await pause(random() * Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** failed), clock, signal)
    }
  }
}

/** Ends early when the signal fires: the next BEGIN rejects with its reason. */
function pause(ms: number, clock: Clock, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clock.clearTimeout(timer)
      signal?.removeEventListener("abort", end)
      resolve()
    }
    const timer = clock.setTimeout(end, ms)
    signal?.addEventListener("abort", end)
  })
}

async function once<T>(
  lease: Lease,
  begin: string,
  work: (lease: Lease) => T | Promise<T>,
  signal: AbortSignal | undefined,
  rollbackTimeoutMs: number,
): Promise<T> {
  try {
    // Inside the try: an aborted BEGIN may have begun.
    await lease.query(begin, undefined, signal === undefined ? undefined : { signal })
    const result = await work(lease)
    signal?.throwIfAborted()
    await commit(lease)
    return result
  } catch (error) {
    // A session that cannot even go back is worth nothing to whoever gets it next.
    if (lease.status !== "closed" && lease.status !== "idle") await rollback(lease, rollbackTimeoutMs)
    throw error
  }
}

async function rollback(lease: Lease, timeoutMs: number): Promise<void> {
  await lease.query("ROLLBACK", undefined, { timeoutMs }).catch(() => lease.destroy())
}

async function commit(lease: Lease): Promise<void> {
  let answer: QueryResult
  const sent = lease.status !== "closed"
  try {
    answer = await lease.query("COMMIT")
  } catch (cause) {
    if (!sent || isRefusal(cause)) throw cause
    throw new PoolError(
      "PGSD_COMMIT_UNKNOWN",
      `${lease.info.label}: ${isFatal(cause) ? "the connection was lost" : "time ran out"} while COMMIT was under way`,
      {
        cause,
        sqlState: isPgsdError(cause) ? cause.sqlState : undefined,
        hint: "the transaction may or may not have been committed: look before doing it again",
      },
    )
  }
  if (answer.command === "COMMIT") return
  throw new PoolError("PGSD_ROLLED_BACK", `the server answered COMMIT with ${answer.command || "nothing"}: nothing was committed`, {
    hint: "a statement failed inside the transaction and its error was caught; run such a statement in a transaction() of its own",
  })
}

// The server's own word, e.g. of a deferred constraint: it has undone everything. A time-out is no word of the server.
function isRefusal(error: unknown): boolean {
  return isPgsdError(error) && error.sqlState !== undefined && !isFatal(error)
}

function beginText({ isolation, readOnly, deferrable }: TransactionOptions): string {
  const modes: string[] = []
  if (isolation !== undefined) modes.push(`ISOLATION LEVEL ${ISOLATION[isolation]}`)
  if (readOnly !== undefined) modes.push(readOnly ? "READ ONLY" : "READ WRITE")
  if (deferrable === true) modes.push("DEFERRABLE")
  return modes.length === 0 ? "BEGIN" : `BEGIN ${modes.join(", ")}`
}

function isConflict(error: unknown): boolean {
  return isPgsdError(error) && (error.sqlState === "40001" || error.sqlState === "40P01")
}
