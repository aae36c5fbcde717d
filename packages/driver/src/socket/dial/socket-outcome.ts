import type { Socket } from "node:net"
import { onAbort } from "../../on-abort.ts"

interface Listeners {
  readonly connect?: () => void
  readonly secureConnect?: () => void
  readonly data?: (chunk: Buffer) => void
}

/**
 * Waits until a listener settles, the socket fails or closes, or the signal aborts; then removes all listeners.
 *
 * @param closed makes the error for a socket that closes without one
 */
export function socketOutcome<T>(
  socket: Socket,
  signal: AbortSignal,
  closed: () => Error,
  listen: (resolve: (value: T) => void) => Listeners,
): Promise<T> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) throw signal.reason
    const settle = (act: () => void) => {
      unlisten()
      for (const [event, listener] of listeners) socket.off(event, listener)
      act()
    }
    const fail = (error: unknown) => settle(() => reject(error))
    const listeners = Object.entries({
      error: fail,
      end: () => fail(closed()),
      close: () => fail(closed()),
      ...listen((value) => settle(() => resolve(value))),
    })
    const unlisten = onAbort(signal, () => fail(signal.reason))
    for (const [event, listener] of listeners) socket.on(event, listener)
  })
}
