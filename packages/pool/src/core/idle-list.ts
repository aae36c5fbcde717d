import type { Slot } from "./slot.ts"

/**
 * Idle slots by last use, as an intrusive linked list: the most recently used is lent first, the least recently used is closed first, any
 * can be removed in O(1).
 */
export class IdleList<T> {
  hottest: Slot<T> | undefined = undefined
  coldest: Slot<T> | undefined = undefined

  /** O(1) for a slot that was just used; one that returns from a check gets its old position. */
  insert(slot: Slot<T>): void {
    let below = this.hottest
    while (below !== undefined && below.usedAt > slot.usedAt) below = below.colder
    const above = below === undefined ? this.coldest : below.hotter
    slot.colder = below
    slot.hotter = above
    if (below === undefined) this.coldest = slot
    else below.hotter = slot
    if (above === undefined) this.hottest = slot
    else above.colder = slot
  }

  remove(slot: Slot<T>): void {
    const { colder, hotter } = slot
    if (colder === undefined) this.coldest = hotter
    else colder.hotter = hotter
    if (hotter === undefined) this.hottest = colder
    else hotter.colder = colder
    slot.colder = undefined
    slot.hotter = undefined
  }

  /** From the least recently used; the current slot may be removed during the iteration. */
  *[Symbol.iterator](): IterableIterator<Slot<T>> {
    for (let slot = this.coldest; slot !== undefined; ) {
      const next: Slot<T> | undefined = slot.hotter
      yield slot
      slot = next
    }
  }
}
