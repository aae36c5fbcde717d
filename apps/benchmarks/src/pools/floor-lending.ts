import { type LendingOptions, type LendingPool, Opener } from "./lending-pool.ts"

interface Waiter {
  resolve(connection: object): void
  next: Waiter | undefined
}

/** The minimum of a pool: array pop, a resolved promise, push, and a linked list for waiting callers. No deadlines, checks, leases or losses. */
export function floorLending({ max, connectMs }: LendingOptions): LendingPool<object> {
  const opener = new Opener(connectMs)
  const idle: object[] = []
  let head: Waiter | undefined
  let tail: Waiter | undefined
  return {
    acquire() {
      const connection = idle.pop()
      if (connection !== undefined) return Promise.resolve(connection)
      if (opener.opened < max) return opener.open().then(() => ({}))
      return new Promise((resolve) => {
        const waiter: Waiter = { resolve, next: undefined }
        if (tail === undefined) head = waiter
        else tail.next = waiter
        tail = waiter
      })
    },
    release(connection) {
      const waiter = head
      if (waiter === undefined) {
        idle.push(connection)
        return
      }
      head = waiter.next
      if (head === undefined) tail = undefined
      waiter.resolve(connection)
    },
    get opened() {
      return opener.opened
    },
  }
}
