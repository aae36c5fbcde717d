/** The states of a connection; it is in exactly one. `closed` is final and not counted. */
export const State = { connecting: 0, idle: 1, checking: 2, leased: 3, resetting: 4, closing: 5, closed: 6 } as const
export type State = (typeof State)[keyof typeof State]

/** One slot of the pool and the resource in it: from the start of its attempt to its end. */
export class Slot<T> {
  state: State = State.connecting
  /** Undefined while connecting. */
  resource: T | undefined = undefined
  /** The pool's generation when the attempt started; evict() increments the pool's. */
  readonly generation: number
  /** The attempt must not use cached credentials. */
  readonly fresh: boolean
  /** Start of the attempt; monotonic, in ms. */
  readonly startedAt: number

  // Wall clock, in ms.
  openedAt = 0
  expiresAt = Number.POSITIVE_INFINITY
  /** Released by its last holder. */
  usedAt = 0
  /** Known to be alive. */
  provenAt = 0
  /** Lent to its current holder. */
  leasedAt = 0

  /** Others were found dead: must be checked however recently it was used, and is no supply until it responds. */
  suspect = false
  /** Has been lent at least once. */
  served = false
  /** Aborts the attempt in progress. */
  abandon: ((reason: unknown) => void) | undefined = undefined
  /** Ends the wait for the operation in progress: check, reset or graceful close. */
  giveUp: (() => void) | undefined = undefined

  // Links of the idle list.
  colder: Slot<T> | undefined = undefined
  hotter: Slot<T> | undefined = undefined

  constructor(generation: number, fresh: boolean, startedAt: number) {
    this.generation = generation
    this.fresh = fresh
    this.startedAt = startedAt
  }
}
