import { setTimeout as sleep } from "node:timers/promises"
import { onAbort } from "../../on-abort.ts"
import type { Target } from "../../target.ts"
import { dial } from "../dial/dial.ts"
import type { DialOptions } from "../dial/dialed.ts"
import { cancelRequest } from "../protocol/frontend-message.ts"

/** How long the server may take to stop a query, in ms, before the connection is discarded. */
export const CANCEL_TIMEOUT_MS = 2_000
/** On a loaded machine a query takes a while to end, and a second request would cost the connection: see mayStillHit() in canceller.ts. */
const FIRST_PAUSE_MS = 100
/** How long the second of two signals may take after the first has ended the query, in ms. */
const SECOND_SIGNAL_MS = 50

/** What a CancelRequest needs: the connection's address, encryption and cancel key. */
export interface CancelPlace {
  readonly target: Target
  readonly lookup: DialOptions["lookup"]
  readonly processId: number
  readonly secretKey: Buffer
  /** See {@link signalsTwice}. */
  readonly signalsTwice: boolean
}

/**
 * Whether the server sends the signal of a CancelRequest to the process and to its group, as those before 18 do (signal_child in
 * postmaster.c). @param serverVersion as reported by the server; undefined or unreadable: may be one of them
 */
export function signalsTwice(serverVersion: string | undefined): boolean {
  return !(Number.parseInt(serverVersion ?? "", 10) >= 18)
}

/** The outcome of the CancelRequests for a query. */
export interface CancelRequests {
  /** Number of requests written. */
  readonly written: number
  /** The server has processed all of them: it closed each socket without sending anything. */
  readonly answered: boolean
}

/**
 * Sends CancelRequests until the query has ended, because a request that arrives before its query has no effect, and the sender gets no
 * response.
 *
 * The server sends the signal before it closes the socket (postmaster.c, processCancelRequest): after that close the request has taken
 * effect, if it has any. A request whose socket ended in any other way may still be on its way to the server. Where a pooler closes the
 * socket and forwards the request later, the query's error shows that it has arrived; but the second of two signals must not meet the next
 * query. Whether the server or a pooler closed the socket cannot be told.
 *
 * @param over aborts at the query's ReadyForQuery or when the connection ends: no request is written afterwards
 * @param runs the server is known to be running the query, so that one processed request is enough
 * @param ended aborts when the connection ends: stops waiting
 */
export async function cancelUntil(over: AbortSignal, ended: AbortSignal, place: CancelPlace, runs: boolean): Promise<CancelRequests> {
  const endsAt = performance.now() + CANCEL_TIMEOUT_MS
  let written = 0
  let answered = true
  for (let pauseMs = FIRST_PAUSE_MS; !over.aborted && performance.now() < endsAt; pauseMs *= 2) {
    const outcome = await sendCancelRequest(over, ended, place, endsAt)
    if (outcome !== "unsent") written++
    if (outcome === "unanswered") answered = false
    const untilNext = runs && outcome === "answered" ? Number.POSITIVE_INFINITY : pauseMs
    const leftMs = Math.min(untilNext, endsAt - performance.now())
    if (!over.aborted && leftMs > 0) await sleep(leftMs, undefined, { signal: over }).catch(() => {})
  }
  // Otherwise the query costs its connection, and nothing follows it: see mayStillHit() in canceller.ts.
  const continues = over.aborted && written === 1 && answered
  if (continues && place.signalsTwice) await sleep(SECOND_SIGNAL_MS, undefined, { signal: ended }).catch(() => {})
  return { written, answered }
}

type Outcome = "unsent" | "answered" | "unanswered"

async function sendCancelRequest(over: AbortSignal, ended: AbortSignal, place: CancelPlace, endsAt: number): Promise<Outcome> {
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
  const unlisten = ended.aborted ? () => {} : onAbort(ended, () => socket.destroy())
  if (ended.aborted) socket.destroy()
  let halfClosed = false
  let responded = false
  await new Promise<void>((resolve) => {
    socket.on("error", () => {})
    socket.on("data", () => {
      responded = true
    })
    socket.once("end", () => {
      halfClosed = true
    })
    socket.once("close", () => resolve())
    // Not end(): PgBouncer 1.18 takes the half-closed socket for a lost client while it forwards the request, and crashes.
    if (socket.closed) resolve()
    else socket.write(cancelRequest(place.processId, place.secretKey))
  })
  clearTimeout(late)
  unlisten()
  return halfClosed && !responded && socket.errored === null ? "answered" : "unanswered"
}
