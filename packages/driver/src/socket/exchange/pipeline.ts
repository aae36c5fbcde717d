import type { Request } from "./request.ts"

/**
 * The order of the wire. Requests with the same signal share it (those without one, too); others have it alone, because a CancelRequest
 * hits whatever runs, and a signal that fires stops all that were given it. Linked through `Request.next`: a queue of any depth costs nothing to shift.
 */
export class Pipeline {
  #waitingHead: Request | undefined
  #waitingTail: Request | undefined
  #flyingHead: Request | undefined
  #flyingTail: Request | undefined
  /** The first in flight whose ReadyForQuery has not come. */
  #unready: Request | undefined
  /** Landed, and to be sent again as soon as nothing is in flight. Nothing else is sent meanwhile. */
  #held: Request[] = []

  get empty(): boolean {
    return this.#flyingHead === undefined && this.#waitingHead === undefined && this.#held.length === 0
  }

  /** True when it may be sent at once; else it waits for {@link next}. */
  add(request: Request): boolean {
    if (this.#waitingHead === undefined && this.#mayFly(request)) {
      this.#fly(request)
      return true
    }
    if (this.#waitingTail === undefined) this.#waitingHead = request
    else this.#waitingTail.next = request
    this.#waitingTail = request
    return false
  }

  /** The next that may be sent now. */
  next(): Request | undefined {
    while (this.#waitingHead !== undefined) {
      const request = this.#waitingHead
      if (!request.dropped && !this.#mayFly(request)) return undefined
      this.#waitingHead = request.next
      if (this.#waitingHead === undefined) this.#waitingTail = undefined
      request.next = undefined
      if (request.dropped) continue
      this.#fly(request)
      return request
    }
    return undefined
  }

  /** The ReadyForQuery of the first in flight that was not answered came. */
  ready(): Request | undefined {
    const request = this.#unready
    if (request === undefined) return undefined
    request.ready = true
    request.onReady?.()
    this.#unready = request.next
    return request
  }

  /** Takes the first in flight out once it is over. */
  landed(): Request | undefined {
    const request = this.#flyingHead
    if (request === undefined || !request.over) return undefined
    this.#flyingHead = request.next
    if (this.#flyingHead === undefined) this.#flyingTail = undefined
    return request
  }

  hold(landed: Request): void {
    this.#held.push(landed)
  }

  /** Those that were held, in order, once nothing is in flight. */
  grounded(): readonly Request[] {
    return this.#flyingHead === undefined ? this.release() : []
  }

  /** Those that were held, in order. */
  release(): readonly Request[] {
    const held = this.#held
    if (held.length > 0) this.#held = []
    return held
  }

  /** Sends one that was held before those that wait. */
  resume(request: Request): void {
    this.#fly(request)
  }

  /** Takes everything out, in order. */
  drain(): Request[] {
    const all: Request[] = [...this.release()]
    for (let each = this.#flyingHead; each !== undefined; each = each.next) all.push(each)
    for (let each = this.#waitingHead; each !== undefined; each = each.next) if (!each.dropped) all.push(each)
    this.#waitingHead = this.#waitingTail = this.#flyingHead = this.#flyingTail = this.#unready = undefined
    return all
  }

  #mayFly(request: Request): boolean {
    if (this.#held.length > 0) return false
    return this.#flyingHead === undefined || request.signal === this.#flyingHead.signal
  }

  #fly(request: Request): void {
    if (this.#flyingTail === undefined) this.#flyingHead = request
    else this.#flyingTail.next = request
    this.#flyingTail = request
    this.#unready ??= request
  }
}
