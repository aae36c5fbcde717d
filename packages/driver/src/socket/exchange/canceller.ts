import { CANCEL_TIMEOUT_MS, type CancelPlace, type CancelRequests, cancelUntil } from "./cancel.ts"
import { COPY_STOPPED } from "./exchange.ts"
import type { Request } from "./request.ts"

/** How long the server may take to answer the end of a stopped COPY FROM before it is sent a CancelRequest, in ms. */
const ENDS_BY_ITSELF_MS = 500

/** query_canceled */
const CANCELED = "57014"

/** The conversation, as far as stopping needs it. */
export interface CancellerHost {
  /** Undefined where the server gave no key: an aborted query then costs the connection. */
  readonly place: CancelPlace | undefined
  /** Aborts when the connection is over. */
  readonly gone: AbortSignal
  lose(cause: unknown): void
  /** A request that was being stopped is over. */
  settle(): void
}

/** Stops what the server runs, and gives the connection up where a CancelRequest might hit another query. */
export class Canceller {
  readonly #host: CancellerHost
  /** The signal whose requests are being stopped. */
  #stopping: AbortSignal | undefined

  constructor(host: CancellerHost) {
    this.#host = host
  }

  /** Stops a request that runs, and those behind it that were given the same signal. */
  stop(running: Request): void {
    if (this.#stopping === running.signal) return
    if (running.exchange?.stop() === true) {
      const timer = setTimeout(() => this.#cancel(running), ENDS_BY_ITSELF_MS)
      running.onReady = () => clearTimeout(timer)
    } else this.#cancel(running)
  }

  #cancel(running: Request): void {
    const { place, gone, lose, settle } = this.#host
    if (place === undefined) {
      lose(new Error("an aborted query could not be stopped: the server gave no cancel key"))
      return
    }
    this.#stopping = running.signal
    const over = new AbortController()
    const group: Request[] = []
    for (let each: Request | undefined = running; each !== undefined; each = each.next) group.push(each)
    for (const each of group) each.cancelling = true
    group.at(-1)!.onReady = () => over.abort()
    cancelUntil(over.signal, gone, place, running.exchange?.copying === true).then((requests) => {
      this.#stopping = undefined
      for (const each of group) each.cancelling = false
      if (gone.aborted) return
      if (!over.signal.aborted) lose(new Error(`the server did not stop an aborted query within ${CANCEL_TIMEOUT_MS} ms`))
      else if (mayStillHit(requests, group)) lose(new Error("a request to stop a query may still be on its way to the server"))
      else if (running.over) settle()
    })
  }
}

/**
 * May a CancelRequest still arrive, and stop the next query? Only the server's own close says that it has arrived, and only the error
 * of a stopped query that it was this one: what stands between may close the connection first and pass the request on later.
 */
function mayStillHit({ written, answered }: CancelRequests, group: readonly Request[]): boolean {
  if (written === 0) return false
  return !answered || written > 1 || !group.some(wasCanceled)
}

/** By a CancelRequest: an ended COPY FROM has the same SQLSTATE. */
function wasCanceled({ serverError, exchange }: Request): boolean {
  return serverError?.sqlState === CANCELED && !(exchange !== undefined && serverError.message.includes(COPY_STOPPED))
}
