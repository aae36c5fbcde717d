/** The states of a connection; it is in exactly one. `closed` is final and not counted. */
export const State = { connecting: 0, idle: 1, checking: 2, leased: 3, resetting: 4, closing: 5, closed: 6 } as const
export type State = (typeof State)[keyof typeof State]

/** One place in the pool and the resource in it: from the start of its attempt to its end. */
export class Slot<T> {
  state: State = State.connecting
  /** Undefined while connecting. */
  resource: T | undefined = undefined
  /** That of the pool when the attempt began; evict() moves the pool's on. */
  readonly generation: number
  /** The attempt asks for credentials that are not remembered. */
  readonly fresh: boolean
  /** When the attempt began; monotonic, in ms. */
  readonly startedAt: number

  // Wall clock, in ms.
  openedAt = 0
  expiresAt = Number.POSITIVE_INFINITY
  /** Came back from its last holder. */
  usedAt = 0
  /** Known to be alive. */
  provenAt = 0
  /** Handed over to its present holder. */
  leasedAt = 0

  /** Others like it were found dead: to be checked however fresh it looks, and no supply until it has answered. */
  suspect = false
  /** Has been handed over at least once. */
  served = false
  /** Ends the attempt under way. */
  abandon: ((reason: unknown) => void) | undefined = undefined
  /** Ends the wait for what is under way: check, reset or goodbye. */
  giveUp: (() => void) | undefined = undefined

  // Neighbours in the idle list.
  colder: Slot<T> | undefined = undefined
  hotter: Slot<T> | undefined = undefined

  constructor(generation: number, fresh: boolean, startedAt: number) {
    this.generation = generation
    this.fresh = fresh
    this.startedAt = startedAt
  }
}
