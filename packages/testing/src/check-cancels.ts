import assert from "node:assert/strict"
import type { Target } from "@pgsd/driver"
import { concurrently } from "./concurrently.ts"
import { within } from "./conformance/waiting.ts"
import type { FaultProxy } from "./proxy/fault-proxy.ts"
import { proxiedTarget } from "./proxy/proxied-target.ts"
import { withSeed } from "./random.ts"

/** One connection, or a pool of at most one. */
export interface CancelSubject {
  query(sql: string, params?: undefined, options?: { readonly signal?: AbortSignal }): Promise<unknown>
  /** Destroys what was opened, whatever its state. */
  end(): Promise<void> | void
}

/** Options of {@link checkCancels}. */
export interface CancelCheck {
  /** The server; each round has its own fault proxy in front of it. */
  readonly target: Target
  /** A pool must open its connection before this resolves: connections opened later are affected like cancel requests. */
  open(target: Target): Promise<CancelSubject>
  /** @default 300 */
  readonly rounds?: number | undefined
  /** Timeout of each step (opening, the aborted query, the next one), in ms. @default 10_000 */
  readonly boundMs?: number | undefined
  /** Repeats the random choices. @default random; reported by a failure */
  readonly seed?: number | undefined
}

/** The fault that a cancel request meets; applies to connections opened from now on. */
const FATES: Readonly<Record<string, (proxy: FaultProxy, delayMs: number) => void | Promise<void>>> = {
  passed: () => {},
  delayed: (proxy, delayMs) => proxy.latency(2 * delayMs),
  "forwarded late": (proxy, delayMs) => proxy.forwardLate(delayMs),
  // The hardest to tell from one that the server has answered.
  "forwarded within milliseconds": (proxy, delayMs) => proxy.forwardLate(delayMs / 50),
  "lost, and its connection ended": (proxy) => proxy.forwardLate(Number.POSITIVE_INFINITY),
  cut: (proxy) => proxy.acceptThenClose(),
  reset: (proxy) => proxy.acceptThenReset(),
  refused: (proxy) => proxy.refuse(),
  unanswered: (proxy) => proxy.blackholeNew(),
}

const CONCURRENCY = 12
const ABORTED_MS = 100
const NEXT_MS = 300
const QUERY_CANCELED = "57014"

/**
 * Aborts queries at random moments, each followed at once by another query, while cancel requests are delivered, delayed, cut, reset,
 * refused, swallowed, or ended and forwarded later. No request may cancel a query other than its own; the connection may be discarded.
 *
 * @throws AssertionError that names each query that was cancelled, and the seed
 */
export async function checkCancels(check: CancelCheck): Promise<void> {
  const { rounds = 300 } = check
  await withSeed(check.seed, async (random) => {
    const fates = Object.keys(FATES)
    // Up to the end of the aborted query and a little later, delivered while the next one runs.
    const all = Array.from({ length: rounds }, (_, round) => ({
      fate: fates[round % fates.length]!,
      abortAfterMs: random.next() * ABORTED_MS * 1.2,
      delayMs: random.next() * NEXT_MS,
    }))
    const hits = await concurrently(CONCURRENCY, all, (round) => hitIn(check, round))
    assert.deepEqual(
      hits.filter((hit) => hit !== undefined),
      [],
    )
  })
}

interface Round {
  readonly fate: string
  readonly abortAfterMs: number
  readonly delayMs: number
}

async function hitIn(check: CancelCheck, { fate, abortAfterMs, delayMs }: Round): Promise<string | undefined> {
  const { boundMs = 10_000 } = check
  const { proxy, target } = await proxiedTarget(check.target)
  let subject: CancelSubject | undefined
  let aborting: NodeJS.Timeout | undefined
  try {
    subject = await within(boundMs, check.open(target), "open()")
    const stop = new AbortController()
    const aborted = subject.query(`SELECT pg_sleep(${ABORTED_MS / 1_000})`, undefined, { signal: stop.signal }).catch(() => {})
    await FATES[fate]!(proxy, delayMs)
    aborting = setTimeout(() => stop.abort(new Error("no longer wanted")), abortAfterMs)
    await within(boundMs, aborted, `an aborted query whose cancel request is ${fate}`)
    const next = subject.query(`SELECT pg_sleep(${NEXT_MS / 1_000})`).then(
      () => undefined,
      // A discarded connection cannot be hit.
      (error: { readonly sqlState?: string }) => (error.sqlState === QUERY_CANCELED ? error : undefined),
    )
    const hit = await within(boundMs, next, "the query after an aborted one")
    return hit && `aborted after ${Math.round(abortAfterMs)} ms, ${fate} (${Math.round(delayMs)} ms): ${String(hit)}`
  } finally {
    clearTimeout(aborting)
    await proxy.close()
    await subject?.end()
  }
}
