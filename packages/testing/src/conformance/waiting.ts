import assert from "node:assert/strict"

/** The outcome of `work`; fails if it does not settle within `ms`. */
export async function within<T>(ms: number, work: Promise<T>, what: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const bound = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new assert.AssertionError({ message: `${what}: nothing happened within ${ms} ms` })), ms)
  })
  try {
    return await Promise.race([work, bound])
  } finally {
    clearTimeout(timer)
  }
}

/** Polls until `condition` holds; fails if it does not within `ms`. */
export async function eventually(ms: number, condition: () => boolean | Promise<boolean>, what: string | (() => string)): Promise<void> {
  const end = performance.now() + ms
  while (!(await condition())) {
    if (performance.now() > end) assert.fail(`${typeof what === "string" ? what : what()} (after ${ms} ms)`)
    await pause(5)
  }
}

/** The rejection of `work`; fails if it resolves. */
export async function rejection(work: Promise<unknown>, what: string): Promise<unknown> {
  let value: unknown
  try {
    value = await work
  } catch (error) {
    return error
  }
  return assert.fail(`${what}: it resolved instead of rejecting (${JSON.stringify(value)?.slice(0, 200)})`)
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

/** One turn of the event loop. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
