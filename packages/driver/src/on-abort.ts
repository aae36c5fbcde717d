/** Listeners registered with {@link onAbort}. */
type AbortListeners = Set<() => void>

const listenersOf = new WeakMap<AbortSignal, AbortListeners>()

/** Entered in the signals of an AbortSource. In a WeakMap they would cost up to twice as much. */
const SOURCE = Symbol("AbortSource")

type SourcedSignal = AbortSignal & { [SOURCE]?: AbortSource }

/**
 * An AbortController for signals created per call: it calls listeners of {@link onAbort} directly, because adding and removing an event
 * listener costs more than the call. Other listeners are called as usual.
 */
export class AbortSource {
  readonly #controller = new AbortController()
  #listeners: AbortListeners | undefined = undefined

  constructor() {
    const signal: SourcedSignal = this.#controller.signal
    signal[SOURCE] = this
  }

  get signal(): AbortSignal {
    return this.#controller.signal
  }

  abort(reason?: unknown): void {
    if (this.signal.aborted) return
    this.#controller.abort(reason)
    const listeners = this.#listeners
    this.#listeners = undefined
    if (listeners !== undefined) callAll(listeners)
  }

  /** @internal */
  get listeners(): AbortListeners {
    this.#listeners ??= new Set()
    return this.#listeners
  }
}

/**
 * Calls `listener` once when `signal` fires; returns a function that removes it. All listeners on one signal share a single event listener,
 * so that a signal shared by hundreds of calls does not cause Node's MaxListenersExceededWarning. Does nothing for a signal that has
 * already fired: check `signal.aborted` first.
 */
export function onAbort(signal: AbortSignal, listener: () => void): () => void {
  // One entry per call, so that the same function can be registered twice.
  const entry = () => listener()
  const source = (signal as SourcedSignal)[SOURCE]
  if (source !== undefined) {
    const { listeners } = source
    listeners.add(entry)
    return () => void listeners.delete(entry)
  }
  let listeners = listenersOf.get(signal)
  if (listeners === undefined) {
    listeners = new Set()
    listenersOf.set(signal, listeners)
  }
  if (listeners.size === 0) signal.addEventListener("abort", notify, { once: true })
  listeners.add(entry)
  const all = listeners
  return () => {
    if (all.delete(entry) && all.size === 0) signal.removeEventListener("abort", notify)
  }
}

/** Aborts `controller` when `signal` fires, immediately if it already has; returns a function that stops following. */
export function follow(signal: AbortSignal | undefined, controller: Pick<AbortController, "abort">): () => void {
  if (signal?.aborted) controller.abort(signal.reason)
  if (signal === undefined || signal.aborted) return () => {}
  return onAbort(signal, () => controller.abort(signal.reason))
}

/** {@link follow} of several signals. */
export function followAll(signals: readonly (AbortSignal | undefined)[], controller: Pick<AbortController, "abort">): () => void {
  const stops = signals.map((each) => follow(each, controller))
  return () => {
    for (const stop of stops) stop()
  }
}

function notify(this: AbortSignal): void {
  const listeners = listenersOf.get(this)
  if (listeners === undefined) return
  listenersOf.delete(this)
  callAll(listeners)
}

function callAll(listeners: AbortListeners): void {
  const called = [...listeners]
  listeners.clear()
  for (const listener of called) listener()
}
