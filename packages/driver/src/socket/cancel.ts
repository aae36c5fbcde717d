import { setTimeout as sleep } from "node:timers/promises"
import type { Target } from "../target.ts"
import { dial } from "./dial.ts"
import type { DialOptions } from "./dialed.ts"
import { cancelRequest } from "./frontend-message.ts"

/** How long the server may take to stop a query, in ms; then the connection is given up. */
export const CANCEL_TIMEOUT_MS = 2_000
const FIRST_PAUSE_MS = 20

/** Whom to stop, and how to reach it: the address and encryption of the connection itself. */
export interface CancelPlace {
  readonly target: Target
  readonly lookup: DialOptions["lookup"]
  readonly processId: number
  readonly secretKey: Buffer
}

/**
 * Asks the server to stop a query until it says that the query is over: a request that arrives before its query does
 * nothing, and nobody is told. Resolves when no request is under way any more, so that none can hit the next query.
 *
 * @param over aborts when the query's ReadyForQuery came or the connection is gone: a request that is not sent by then never is
 * @param gone aborts when the connection is gone: nothing is waited for any more
 */
export async function cancelUntil(over: AbortSignal, gone: AbortSignal, place: CancelPlace): Promise<void> {
  const endsAt = performance.now() + CANCEL_TIMEOUT_MS
  for (let pauseMs = FIRST_PAUSE_MS; !over.aborted && performance.now() < endsAt; pauseMs *= 2) {
    await sendCancelRequest(over, gone, place, endsAt)
    const leftMs = Math.min(pauseMs, endsAt - performance.now())
    if (!over.aborted && leftMs > 0) await sleep(leftMs, undefined, { signal: over }).catch(() => {})
  }
}

// The server sends its signal before it closes the socket: once that is closed, the request has hit whatever it hits.
async function sendCancelRequest(over: AbortSignal, gone: AbortSignal, place: CancelPlace, endsAt: number): Promise<void> {
  const connectTimeoutMs = Math.max(1, endsAt - performance.now())
  const dialed = await dial({ ...place.target, connectTimeoutMs }, { lookup: place.lookup, signal: over }).catch(() => undefined)
  if (dialed === undefined) return
  const { socket, deadline } = dialed
  deadline.end()
  const late = setTimeout(() => socket.destroy(), connectTimeoutMs)
  const destroy = () => void socket.destroy()
  gone.addEventListener("abort", destroy, { once: true })
  await new Promise<void>((resolve) => {
    socket.on("error", () => {})
    socket.once("close", () => resolve())
    if (socket.closed) resolve()
    else if (over.aborted) socket.destroy()
    // Not end(): PgBouncer 1.18 takes the half-closed socket for a lost client while it passes the request on, and dies of it.
    else socket.resume().write(cancelRequest(place.processId, place.secretKey))
  })
  clearTimeout(late)
  gone.removeEventListener("abort", destroy)
}
