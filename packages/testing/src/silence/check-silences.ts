import assert from "node:assert/strict"
import type { Connection, Target } from "@pgsd/driver"
import type { Session } from "@pgsd/driver/calls"
import { concurrently } from "../concurrently.ts"
import { eventually, within } from "../conformance/waiting.ts"
import { proxiedTarget } from "../proxy/proxied-target.ts"
import { type Random, withSeed } from "../random.ts"
import { SESSION_CALLS, SILENT_TABLE, type SilenceCall, type SilenceCalls, type SilenceLimits } from "./calls.ts"
import { Watch } from "./watch.ts"

/** What ends a call: its own signal, its own timeout, or (`"none"`) a limit that the subject applies to all its calls. */
export type SilenceBound = keyof SilenceLimits | "none"

/** Options of {@link checkSilences}. */
export interface SilenceCheck<S> {
  /** The server, which is not affected: each call has its own fault proxy in front of it. */
  readonly target: Target
  /** By name, for failure messages. */
  readonly calls: SilenceCalls<S>
  /**
   * Opens a subject on one connection to that target; what it sends before this resolves is not affected.
   *
   * @param watched must wrap the connection before anything is sent on it
   */
  open(target: Target, watched: (connection: Connection) => Connection): Promise<SilenceSubject<S>>
  /** @default signal and timeoutMs */
  readonly bounds?: readonly SilenceBound[] | undefined
  /** Number of moments, chosen at random. @default all */
  readonly moments?: number | undefined
  /** Timeout of a call, and of the end of its connection, in ms. @default 10_000 */
  readonly boundMs?: number | undefined
  /** Repeats the random choices. @default random; reported by a failure */
  readonly seed?: number | undefined
}

export interface SilenceSubject<S> {
  readonly subject: S
  /** Destroys what was opened. */
  end(): Promise<void> | void
}

/** The peer becomes unresponsive when a call sends its n-th statement, or that many bytes later, within the request or its response. */
interface Moment<S> {
  readonly name: string
  readonly call: SilenceCall<S>
  readonly statement: number
  readonly afterBytes: number
  readonly bound: SilenceBound
}

const CONCURRENCY = 24
const BOUND_MS = 10_000
/** Between that moment and the abort. */
const ABORT_AFTER_MS = 150
/** Long enough for everything before that moment, on a busy machine. */
const TIMEOUT_MS = 1_000
/** ReadyForQuery, without which no statement has ended. */
const LAST_MESSAGE_BYTES = 6

/**
 * Makes the peer unresponsive at every moment of every call: before each statement that the call sends, and at a point between its first
 * byte and the last of its response. Each call must reject within `boundMs`, and its connection, which is unusable, must close.
 *
 * @throws AssertionError that names each call that did not, with the moment and the seed
 */
export async function checkSilences<S>(check: SilenceCheck<S>): Promise<void> {
  await withSeed(check.seed, async (random) => {
    const calls = Object.entries(check.calls)
    const exchanges = await concurrently(CONCURRENCY, calls, ([, call]) => exchangesOf(check, call))
    const all = calls.flatMap(([name, call], index) =>
      momentsOf(name, call, exchanges[index]!, check.bounds ?? ["signal", "timeoutMs"], random),
    )
    const failures = await concurrently(CONCURRENCY, shuffled(all, random).slice(0, check.moments), (moment) => failureAt(check, moment))
    assert.deepEqual(
      failures.filter((failure) => failure !== undefined),
      [],
    )
  })
}

/** {@link checkSilences} with every call of a session: `query`, `batch`, `stream`, `transaction`, COPY and the others, with each of their options. */
export function checkSessionSilences(check: Omit<SilenceCheck<Session>, "calls">): Promise<void> {
  return checkSilences<Session>({
    ...check,
    calls: SESSION_CALLS,
    async open(target, watched) {
      const opened = await check.open(target, watched)
      await opened.subject.query(SILENT_TABLE)
      return opened
    },
  })
}

/** A subject behind its own proxy. */
async function opened<S>(check: SilenceCheck<S>) {
  const { proxy, target } = await proxiedTarget(check.target)
  const watch = new Watch()
  try {
    const { subject, end } = await within(check.boundMs ?? BOUND_MS, check.open(target, watch.over), "open()")
    watch.restart()
    return {
      proxy,
      watch,
      subject,
      async close() {
        // First: a subject that closes gracefully would wait for its peer.
        await proxy.close()
        await end()
      },
    }
  } catch (error) {
    await proxy.close()
    throw error
  }
}

/** The number of bytes of each statement of a call, with its response. */
async function exchangesOf<S>(check: SilenceCheck<S>, call: SilenceCall<S>): Promise<number[]> {
  const { proxy, watch, subject, close } = await opened(check)
  const bytes = () => proxy.bytesToServer + proxy.bytesToClient
  const starts: number[] = []
  watch.onSend = () => starts.push(bytes())
  try {
    // Some fail intentionally.
    await within(
      check.boundMs ?? BOUND_MS,
      call(subject, {}).catch(() => {}),
      "a call without a silence",
    )
    return starts.map((start, index) => (starts[index + 1] ?? bytes()) - start)
  } finally {
    await close()
  }
}

function momentsOf<S>(
  name: string,
  call: SilenceCall<S>,
  exchanges: readonly number[],
  bounds: readonly SilenceBound[],
  random: Random,
): Moment<S>[] {
  assert.ok(exchanges.length > 0, `${name} sends nothing`)
  return exchanges.flatMap((bytes, index) =>
    bounds.flatMap((bound) => {
      const before = { name, call, statement: index + 1, afterBytes: 0, bound }
      const within = bytes - LAST_MESSAGE_BYTES
      // Sent before the previous response: the bytes on the wire are not only its own.
      return within < 1 ? [before] : [before, { ...before, afterBytes: 1 + random.below(within) }]
    }),
  )
}

async function failureAt<S>(check: SilenceCheck<S>, moment: Moment<S>): Promise<string | undefined> {
  const boundMs = check.boundMs ?? BOUND_MS
  const { proxy, watch, subject, close } = await opened(check)
  const stop = new AbortController()
  let aborting: NodeJS.Timeout | undefined
  watch.onSend = (statement) => {
    if (statement !== moment.statement || aborting !== undefined) return
    if (moment.afterBytes === 0) proxy.blackholeOpen()
    else proxy.blackholeAfterBytes(moment.afterBytes)
    proxy.blackholeNew()
    aborting = setTimeout(() => stop.abort(new Error("no longer wanted")), ABORT_AFTER_MS)
  }
  const limits = { signal: { signal: stop.signal }, timeoutMs: { timeoutMs: TIMEOUT_MS }, none: {} }[moment.bound]
  const called = moment.call(subject, limits).then(
    () => "it resolved",
    (error: unknown) => (error instanceof Error ? undefined : `it rejected with ${String(error)}`),
  )
  try {
    const failure = await within(boundMs, called, "the call")
    const isClosed = () => aborting === undefined || watch.connections.every(({ status }) => status === "closed")
    if (failure === undefined) await eventually(boundMs, isClosed, "its connection is still open")
    return failure && messageOf(moment, failure)
  } catch (error) {
    return messageOf(moment, (error as Error).message)
  } finally {
    clearTimeout(aborting)
    await close()
  }
}

function messageOf<S>({ name, statement, afterBytes, bound }: Moment<S>, failure: string): string {
  return `${name}, silence ${afterBytes} bytes into statement ${statement}, bounded by ${bound}: ${failure}`
}

function shuffled<T>(items: readonly T[], random: Random): T[] {
  const all = [...items]
  for (let left = all.length - 1; left > 0; left--) {
    const other = random.below(left + 1)
    ;[all[left], all[other]] = [all[other]!, all[left]!]
  }
  return all
}
