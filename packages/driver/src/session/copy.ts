import { AsyncResource } from "node:async_hooks"
import { abortable } from "../abortable.ts"
import type { CopyFromOptions, CopySource, CopyToOptions } from "../calls/queryable.ts"
import { type TimerHandle, timerDelay } from "../clock.ts"
import type { CopyResult } from "../contract.ts"
import { followAll, onAbort } from "../on-abort.ts"
import { chunksOf } from "./copy-source.ts"
import type { Scope } from "./scope.ts"
import type { SessionState } from "./session-state.ts"
import { StallWatch } from "./stall-watch.ts"
import type { UseState } from "./undo.ts"

/** The options are validated; calls on the session wait until it has settled. */
export async function copyFrom(
  use: UseState,
  scope: Scope | undefined,
  sql: string,
  source: CopySource,
  { signal, timeoutMs, undefinedAs }: CopyFromOptions,
): Promise<CopyResult> {
  const state = use()
  const stall = new StallWatch(state, timeoutMs)
  const watched = watchedBy(stall, chunksOf(sql, source, undefinedAs, stall))
  try {
    stall.moved()
    const signals = [signal, scope?.signal, state.workSignal, stall.signal]
    return await state.within((cancel) => state.copyFrom(sql, watched, cancel), signals, Number.POSITIVE_INFINITY)
  } finally {
    stall.end()
  }
}

function watchedBy(stall: StallWatch, chunks: AsyncGenerator<Uint8Array, void>): AsyncIterable<Uint8Array> {
  // The source runs in its caller's async context, not in that of the socket: the pool sees who waits for it, and tracing goes on.
  const next = AsyncResource.bind(async () => {
    stall.moved()
    stall.awaitsCaller(true)
    try {
      return await chunks.next()
    } finally {
      stall.awaitsCaller(false)
      stall.moved()
    }
  })
  // A next() in progress ends at the source's next part.
  const leave = () => {
    stall.end()
    return chunks.return()
  }
  return { [Symbol.asyncIterator]: () => ({ next, return: leave }) }
}

/** As {@link copyFrom}. @param leave called once when the session is free again */
export async function* copyTo(
  use: UseState,
  scope: Scope | undefined,
  sql: string,
  { signal, timeoutMs }: CopyToOptions,
  leave: () => void,
): AsyncGenerator<Uint8Array, undefined> {
  const state = use()
  const stall = new StallWatch(state, timeoutMs)
  const stop = new AbortController()
  const unfollow = followAll([signal, scope?.signal, state.workSignal, stall.signal], stop)
  const unwatch = scope?.onEnd(() => {
    scope.leftOpen = true
    stop.abort(scope.ended)
  })
  const copy = state.copyTo(sql, stop.signal)
  let ended: Promise<unknown> | undefined
  // Ends the statement in any case: at once when a signal fires, even while the consumer is working.
  const end = () => {
    if (ended === undefined) {
      ended = bounded(state, Promise.resolve(copy.return?.())).then(leave)
      hold(scope, ended)
    }
    return ended
  }
  const unlisten = stop.signal.aborted ? () => {} : onAbort(stop.signal, () => void end())
  try {
    for (;;) {
      stall.moved()
      const step = await abortable(copy.next(), stop.signal)
      stall.rest()
      if (step.done === true) return undefined
      stall.awaitsCaller(true)
      yield step.value
      stall.awaitsCaller(false)
      stop.signal.throwIfAborted()
      use().admit(scope)
    }
  } finally {
    stall.end()
    unlisten()
    unwatch?.()
    unfollow()
    // The consumer's call rejects at once.
    if (stop.signal.aborted) void end()
    else await end()
  }
}

/** The transaction ends after `work`, although its handle is already dead. */
function hold(scope: Scope | undefined, work: Promise<unknown>): void {
  const call = { done: work, reject: undefined }
  scope?.add(call)
  void work.then(() => scope?.remove(call))
}

/** Resolves when `work` has settled, or when the session did not respond in time and was destroyed. */
function bounded(state: SessionState, work: Promise<unknown>): Promise<void> {
  const { clock, cancelTimeoutMs } = state.settings
  return new Promise((resolve) => {
    const timer = clock.setTimeout(() => {
      state.giveUp()
      resolve()
    }, timerDelay(cancelTimeoutMs))
    ;(timer as TimerHandle).unref?.()
    const settled = () => {
      clock.clearTimeout(timer)
      resolve()
    }
    work.then(settled, settled)
  })
}
