/** A caller in the queue. */
export class Waiter<L> {
  resolve: (lease: L) => void = unsettled
  reject: (error: unknown) => void = unsettled
  /** Monotonic, in ms. */
  readonly since: number
  readonly timeoutMs: number
  readonly signal: AbortSignal | undefined
  /** The pool's own data about the caller. */
  readonly context: unknown
  /** Removes the signal's listener. */
  unlisten: (() => void) | undefined = undefined

  // Links of the queue, and of the list with the same timeout.
  ahead: Waiter<L> | undefined = undefined
  behind: Waiter<L> | undefined = undefined
  earlier: Waiter<L> | undefined = undefined
  later: Waiter<L> | undefined = undefined

  constructor(since: number, timeoutMs: number, signal: AbortSignal | undefined, context: unknown) {
    this.since = since
    this.timeoutMs = timeoutMs
    this.signal = signal
    this.context = context
  }

  /** Called once, before anything else. */
  promise(): Promise<L> {
    const promise = new Promise<L>(keepSettlers)
    this.resolve = latestResolve as (lease: L) => void
    this.reject = latestReject
    return promise
  }
}

// One executor for all: a closure for each of 100,000 callers would be half of their cost.
function unsettled(): void {}
let latestResolve: (value: never) => void = unsettled
let latestReject: (error: unknown) => void = unsettled

function keepSettlers(resolve: (value: never) => void, reject: (error: unknown) => void): void {
  latestResolve = resolve
  latestReject = reject
}

/** First in, first out; a caller that leaves is removed from the middle in O(1). */
export class WaitQueue<L> {
  first: Waiter<L> | undefined = undefined
  last: Waiter<L> | undefined = undefined
  size = 0

  push(waiter: Waiter<L>): void {
    waiter.ahead = this.last
    if (this.last === undefined) this.first = waiter
    else this.last.behind = waiter
    this.last = waiter
    this.size++
  }

  remove(waiter: Waiter<L>): void {
    const { ahead, behind } = waiter
    if (ahead === undefined) this.first = behind
    else ahead.behind = behind
    if (behind === undefined) this.last = ahead
    else behind.ahead = ahead
    waiter.ahead = undefined
    waiter.behind = undefined
    this.size--
  }
}
