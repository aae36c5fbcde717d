/** A deadline shared by several steps. */
export interface Deadline {
  /** At least 1, so that a late step fails with its own timeout and message; Infinity stays Infinity. */
  remainingMs(): number
}

export function deadline(timeoutMs: number): Deadline {
  const end = performance.now() + timeoutMs
  return { remainingMs: () => Math.max(1, Math.ceil(end - performance.now())) }
}
