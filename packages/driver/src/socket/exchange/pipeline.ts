import type { Request } from "./request.ts"

/**
 * The queue of requests, in wire order. Only requests with the same signal (or none) are in flight together, because a CancelRequest hits
 * whatever is running, and a signal that fires cancels all its requests. Linked through `Request.next`, so that shifting is O(1).
 */
export class Pipeline {
  #waitingHead: Request | undefined
  #waitingTail: Request | undefined
  #inFlightHead: Request | undefined
  #inFlightTail: Request | undefined
  /** The first request in flight without its ReadyForQuery. */
  #unready: Request | undefined
  /** Completed, to be repeated once nothing is in flight. Nothing else is sent until then. */
  #held: Request[] = []

  get empty(): boolean {
    return this.#inFlightHead === undefined && this.#waitingHead === undefined && this.#held.length === 0
  }

  /** @returns true if it may be sent now; otherwise it waits for {@link next} */
  add(request: Request): boolean {
    if (this.#waitingHead === undefined && this.#mayStart(request)) {
      this.#start(request)
      return true
    }
    if (this.#waitingTail === undefined) this.#waitingHead = request
    else this.#waitingTail.next = request
    this.#waitingTail = request
    return false
  }

  /** The next request that may be sent now. */
  next(): Request | undefined {
    while (this.#waitingHead !== undefined) {
      const request = this.#waitingHead
      if (!request.dropped && !this.#mayStart(request)) return undefined
      this.#waitingHead = request.next
      if (this.#waitingHead === undefined) this.#waitingTail = undefined
      request.next = undefined
      if (request.dropped) continue
      this.#start(request)
      return request
    }
    return undefined
  }

  /** Handles a ReadyForQuery. @returns the request it belongs to */
  ready(): Request | undefined {
    const request = this.#unready
    if (request === undefined) return undefined
    request.ready = true
    request.onReady?.()
    this.#unready = request.next
    return request
  }

  /** Removes and returns the first request in flight if it has completed. */
  takeCompleted(): Request | undefined {
    const request = this.#inFlightHead
    if (request === undefined || !request.over) return undefined
    this.#inFlightHead = request.next
    if (this.#inFlightHead === undefined) this.#inFlightTail = undefined
    return request
  }

  hold(request: Request): void {
    this.#held.push(request)
  }

  /** The held requests, in order, once nothing is in flight. */
  takeHeldIfIdle(): readonly Request[] {
    return this.#inFlightHead === undefined ? this.takeHeld() : []
  }

  /** Removes and returns the held requests, in order. */
  takeHeld(): readonly Request[] {
    const held = this.#held
    if (held.length > 0) this.#held = []
    return held
  }

  /** Sends a held request before those that wait. */
  resume(request: Request): void {
    this.#start(request)
  }

  /** Removes and returns all requests, in order. */
  drain(): Request[] {
    const all: Request[] = [...this.takeHeld()]
    for (let each = this.#inFlightHead; each !== undefined; each = each.next) all.push(each)
    for (let each = this.#waitingHead; each !== undefined; each = each.next) if (!each.dropped) all.push(each)
    this.#waitingHead = this.#waitingTail = this.#inFlightHead = this.#inFlightTail = this.#unready = undefined
    return all
  }

  #mayStart(request: Request): boolean {
    if (this.#held.length > 0) return false
    return this.#inFlightHead === undefined || request.signal === this.#inFlightHead.signal
  }

  #start(request: Request): void {
    if (this.#inFlightTail === undefined) this.#inFlightHead = request
    else this.#inFlightTail.next = request
    this.#inFlightTail = request
    this.#unready ??= request
  }
}
