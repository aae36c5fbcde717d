import { setTimeout as sleep } from "node:timers/promises"
import { onAbort } from "../../on-abort.ts"
import type { Target } from "../../target.ts"
import { dial } from "../dial/dial.ts"
import type { DialOptions } from "../dial/dialed.ts"
import { cancelRequest } from "../protocol/frontend-message.ts"

/** How long the server may take to stop a query, in ms; then the connection is given up. */
export const CANCEL_TIMEOUT_MS = 2_000
/** On a busy machine a query takes a while to end, and a second request would cost the connection: see mayStillHit() in canceller.ts. */
const FIRST_PAUSE_MS = 100

/** Whom to stop, and how to reach it: the address and encryption of the connection itself. */
export interface CancelPlace {
  readonly target: Target
  readonly lookup: DialOptions["lookup"]
  readonly processId: number
  readonly secretKey: Buffer
}

/** What became of the requests to stop a query. */
export interface CancelRequests {
  /** How many were written. */
  readonly written: number
  /** All of them were answered by the server, which closes the connection without a word. */
  readonly answered: boolean
}

/**
 * Asks the server to stop a query until it says that the query is over: a request that arrives before its query does
 * nothing, and the sender is not told.
 *
 * The server sends its signal before it closes the socket (postmaster.c, processCancelRequest): once it has closed it, the request has
 * hit whatever it hits. A request whose socket ended in any other way may still be on its way to the server.
 *
 * @param over aborts when the query's ReadyForQuery came or the connection is gone: a request that is not written by then never is
 * @param runs the server is known to run the query: a request that it has answered need not be repeated
 * @param gone aborts when the connection is gone: nothing is waited for any more
 */
export async function cancelUntil(over: AbortSignal, gone: AbortSignal, place: CancelPlace, runs: boolean): Promise<CancelRequests> {
  const endsAt = performance.now() + CANCEL_TIMEOUT_MS
  let written = 0
  let answered = true
  for (let pauseMs = FIRST_PAUSE_MS; !over.aborted && performance.now() < endsAt; pauseMs *= 2) {
    const outcome = await sendCancelRequest(over, gone, place, endsAt)
    if (outcome !== "unsent") written++
    if (outcome === "unanswered") answered = false
    const untilNext = runs && outcome === "answered" ? Number.POSITIVE_INFINITY : pauseMs
    const leftMs = Math.min(untilNext, endsAt - performance.now())
    if (!over.aborted && leftMs > 0) await sleep(leftMs, undefined, { signal: over }).catch(() => {})
  }
  return { written, answered }
}

type Outcome = "unsent" | "answered" | "unanswered"

async function sendCancelRequest(over: AbortSignal, gone: AbortSignal, place: CancelPlace, endsAt: number): Promise<Outcome> {
  const connectTimeoutMs = Math.max(1, endsAt - performance.now())
  const dialed = await dial({ ...place.target, connectTimeoutMs }, { lookup: place.lookup, signal: over }).catch(() => undefined)
  if (dialed === undefined) return "unsent"
  const { socket, deadline } = dialed
  deadline.end()
  if (over.aborted || socket.destroyed) {
    socket.destroy()
    return "unsent"
  }
  const late = setTimeout(() => socket.destroy(), Math.max(1, endsAt - performance.now()))
  const unlisten = gone.aborted ? () => {} : onAbort(gone, () => socket.destroy())
  if (gone.aborted) socket.destroy()
  let ended = false
  let spoke = false
  await new Promise<void>((resolve) => {
    socket.on("error", () => {})
    socket.on("data", () => {
      spoke = true
    })
    socket.once("end", () => {
      ended = true
    })
    socket.once("close", () => resolve())
    // Not end(): PgBouncer 1.18 takes the half-closed socket for a lost client while it passes the request on, and dies of it.
    if (socket.closed) resolve()
    else socket.write(cancelRequest(place.processId, place.secretKey))
  })
  clearTimeout(late)
  unlisten()
  return ended && !spoke && socket.errored === null ? "answered" : "unanswered"
}
