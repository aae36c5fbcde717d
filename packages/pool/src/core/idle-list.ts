import type { Slot } from "./slot.ts"

/** Idle slots by last use, linked through themselves: the hottest is lent first, the coldest is closed first, any one leaves in O(1). */
export class IdleList<T> {
  hottest: Slot<T> | undefined = undefined
  coldest: Slot<T> | undefined = undefined

  /** O(1) for what has just been used; a slot that comes back from a check takes its old place. */
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

  /** From the cold end; the slot at hand may be removed meanwhile. */
  *[Symbol.iterator](): IterableIterator<Slot<T>> {
    for (let slot = this.coldest; slot !== undefined; ) {
      const next: Slot<T> | undefined = slot.hotter
      yield slot
      slot = next
    }
  }
}
