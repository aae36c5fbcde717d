import type { Output } from "./terminal.ts"

/**
 * One line that says what is waited for, where a person watches; gone when `work` ends. Shown on standard error: standard output is for the result.
 */
export async function withProgress<T>(text: string, err: Output, work: () => Promise<T>): Promise<T> {
  if (!err.interactive) return work()
  err.write(err.paint.quiet(`${text} …`))
  try {
    return await work()
  } finally {
    err.write("\r\u001b[K")
  }
}
