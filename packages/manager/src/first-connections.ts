import type { RetryPolicy } from "@pgsd/connector"
import { isRetryable } from "@pgsd/driver"
import type { Database } from "./database.ts"
import { ManagerError } from "./errors.ts"

/** The default policy for first connections; each error states whether it is retryable. */
export type FirstConnectionPolicy = Omit<RetryPolicy, "isRetryable" | "signal">

/**
 * Opens one connection of every database, in parallel: all or none. When one has failed for good, the others finish their current attempt
 * and start no other, so that the error names every failed database without a long delay.
 */
export async function openFirstConnections(
  databases: readonly Database[],
  policy: FirstConnectionPolicy,
  signal: AbortSignal,
): Promise<void> {
  let failed = false
  const opened = await Promise.allSettled(
    databases.map(async (database) => {
      try {
        await database.openFirst({ ...policy, signal, isRetryable: (error) => !failed && isRetryable(error) })
      } catch (error) {
        failed = true
        throw error
      }
    }),
  )
  const outcomes = failed ? opened : await Promise.allSettled(databases.map((database) => database.ready(signal)))
  const errors = outcomes.flatMap((each) => (each.status === "rejected" ? [each.reason] : []))
  if (errors.length === 0 && !signal.aborted) return
  await Promise.all(databases.map((database) => database.closeFirst()))
  if (signal.aborted) throw signal.reason
  if (errors.length === 1) throw errors[0]
  throw new ManagerError("PGSD_INITIALIZE_FAILED", messageOf(errors, databases.length), {
    errors,
    cause: errors[0],
    retryable: errors.every((each) => isRetryable(each)),
  })
}

function messageOf(errors: readonly unknown[], count: number): string {
  const lines = errors.map((each) => `  ${each instanceof Error ? each.message : String(each)}`)
  return [`${errors.length} of ${count} databases could not be reached; none was opened`, ...lines].join("\n")
}
