const listenersOf = new WeakMap<AbortSignal, Set<() => void>>()

/**
 * Calls `listener` once when `signal` fires; returns how to stop listening. All listeners of this repository on one signal share a
 * single event listener, so that a signal given to hundreds of calls does not print Node's MaxListenersExceededWarning. A signal that
 * has fired already calls nothing: look at `signal.aborted` first.
 */
export function onAbort(signal: AbortSignal, listener: () => void): () => void {
  let listeners = listenersOf.get(signal)
  if (listeners === undefined) {
    listeners = new Set()
    listenersOf.set(signal, listeners)
  }
  // One entry per call, so that the same function may listen twice.
  const entry = () => listener()
  if (listeners.size === 0) signal.addEventListener("abort", notify, { once: true })
  listeners.add(entry)
  const all = listeners
  return () => {
    if (all.delete(entry) && all.size === 0) signal.removeEventListener("abort", notify)
  }
}

/** Aborts `controller` when `signal` fires, at once when it has; returns how to stop following. */
export function follow(signal: AbortSignal | undefined, controller: AbortController): () => void {
  if (signal?.aborted) controller.abort(signal.reason)
  if (signal === undefined || signal.aborted) return () => {}
  return onAbort(signal, () => controller.abort(signal.reason))
}

function notify(this: AbortSignal): void {
  const listeners = listenersOf.get(this)
  if (listeners === undefined) return
  listenersOf.delete(this)
  const called = [...listeners]
  listeners.clear()
  for (const listener of called) listener()
}
