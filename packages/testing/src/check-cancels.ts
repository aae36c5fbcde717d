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
  /** Destroys what was opened, in any state. */
  end(): Promise<void> | void
}

/** What {@link checkCancels} does, and to what. */
export interface CancelCheck {
  /** The server; each round has its own fault proxy in front of it. */
  readonly target: Target
  /** A pool opens its connection before this resolves: what is opened later meets what cancel requests meet. */
  open(target: Target): Promise<CancelSubject>
  /** @default 300 */
  readonly rounds?: number | undefined
  /** How long opening, the aborted query and the next one may take, each, in ms. @default 10_000 */
  readonly boundMs?: number | undefined
  /** Repeats the random choices. @default random; a failure reports it */
  readonly seed?: number | undefined
}

/** What becomes of a cancel request on its way: connections that are opened from now on meet it. */
const FATES: Readonly<Record<string, (proxy: FaultProxy, delayMs: number) => void | Promise<void>>> = {
  passed: () => {},
  delayed: (proxy, delayMs) => proxy.latency(2 * delayMs),
  "forwarded late": (proxy, delayMs) => proxy.forwardLate(delayMs),
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
 * Aborts queries at random moments, and asks another at once, while cancel requests are passed, delayed, cut, reset, refused, swallowed, or
 * ended on their way and forwarded later. No request may stop the query after the one it was meant for; a connection may be given up.
 *
 * @throws AssertionError that names each query that was stopped, and the seed
 */
export async function checkCancels(check: CancelCheck): Promise<void> {
  const { rounds = 300 } = check
  await withSeed(check.seed, async (random) => {
    const fates = Object.keys(FATES)
    // As late as the end of the aborted query and a little later, passed on while the next one runs.
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
      // A connection that was given up cannot be hit.
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
