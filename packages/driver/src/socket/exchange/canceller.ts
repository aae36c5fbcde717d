import { CANCEL_TIMEOUT_MS, type CancelPlace, type CancelRequests, cancelUntil } from "./cancel.ts"
import { COPY_STOPPED } from "./exchange.ts"
import type { Request } from "./request.ts"

/** query_canceled */
const CANCELED = "57014"

/** The part of the conversation that cancellation needs. */
export interface CancellerHost {
  /** Undefined if the server sent no cancel key: aborting a query then costs the connection. */
  readonly place: CancelPlace | undefined
  /** Aborts when the connection ends. */
  readonly ended: AbortSignal
  fail(cause: unknown): void
  /** A request that was being cancelled has ended. */
  settle(): void
}

/** Cancels what the server is running, and discards the connection if a CancelRequest could hit a later query. */
export class Canceller {
  readonly #host: CancellerHost
  /** The signal whose requests are being cancelled. */
  #stopping: AbortSignal | undefined

  constructor(host: CancellerHost) {
    this.#host = host
  }

  /** Cancels the running request, and those behind it with the same signal. */
  stop(running: Request): void {
    if (this.#stopping === running.signal) return
    const waitMs = running.exchange?.stop() ?? 0
    if (waitMs > 0) {
      const timer = setTimeout(() => this.#cancel(running), waitMs)
      running.onReady = () => clearTimeout(timer)
    } else this.#cancel(running)
  }

  #cancel(running: Request): void {
    const { place, ended, fail, settle } = this.#host
    if (place === undefined) {
      fail(new Error("an aborted query could not be stopped: the server sent no cancel key"))
      return
    }
    this.#stopping = running.signal
    const over = new AbortController()
    const group: Request[] = []
    for (let each: Request | undefined = running; each !== undefined; each = each.next) group.push(each)
    for (const each of group) each.cancelling = true
    group.at(-1)!.onReady = () => over.abort()
    cancelUntil(over.signal, ended, place, running.exchange?.copying === true).then((requests) => {
      this.#stopping = undefined
      for (const each of group) each.cancelling = false
      if (ended.aborted) return
      if (!over.signal.aborted) fail(new Error(`the server did not stop an aborted query within ${CANCEL_TIMEOUT_MS} ms`))
      else if (mayStillHit(requests, group)) fail(new Error("a CancelRequest may still be on its way to the server"))
      else if (running.over) settle()
    })
  }
}

/**
 * Whether a CancelRequest could still arrive and hit the next query. Only the server's close shows that it has arrived, and only the
 * cancelled query's error shows that it hit this one: a pooler in between may close the socket first and forward the request later.
 */
function mayStillHit({ written, answered }: CancelRequests, group: readonly Request[]): boolean {
  if (written === 0) return false
  return !answered || written > 1 || !group.some(wasCanceled)
}

/** By a CancelRequest; a COPY FROM ended by CopyFail has the same SQLSTATE. */
function wasCanceled({ serverError, exchange }: Request): boolean {
  return serverError?.sqlState === CANCELED && !(exchange !== undefined && serverError.message.includes(COPY_STOPPED))
}
