import type { Socket } from "node:net"

interface Listeners {
  readonly connect?: () => void
  readonly secureConnect?: () => void
  readonly data?: (chunk: Buffer) => void
}

/**
 * Waits until a listener settles, the socket fails or closes, or the signal aborts; then every listener is taken off again.
 *
 * @param closed the error for a socket that closes without one
 */
export function socketOutcome<T>(
  socket: Socket,
  signal: AbortSignal,
  closed: () => Error,
  listen: (resolve: (value: T) => void) => Listeners,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const settle = (act: () => void) => {
      signal.removeEventListener("abort", aborted)
      for (const [event, listener] of listeners) socket.off(event, listener)
      act()
    }
    const fail = (error: unknown) => settle(() => reject(error))
    const aborted = () => fail(signal.reason)
    const listeners = Object.entries({
      error: fail,
      end: () => fail(closed()),
      close: () => fail(closed()),
      ...listen((value) => settle(() => resolve(value))),
    })
    if (signal.aborted) return aborted()
    signal.addEventListener("abort", aborted, { once: true })
    for (const [event, listener] of listeners) socket.on(event, listener)
  })
}
