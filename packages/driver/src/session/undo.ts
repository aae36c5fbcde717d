import { timerDelay } from "../clock.ts"
import type { Scope } from "./scope.ts"
import type { SessionState } from "./session-state.ts"

/** The state, while the session belongs to the caller. @throws PgsdError afterwards */
export type UseState = () => SessionState

/**
 * Sends `back`, which rolls back, once nothing is in flight; not if there is nothing left to roll back. Never rejects, and takes at most
 * `rollbackTimeoutMs`: a session that cannot be rolled back is destroyed.
 */
export async function undo(
  use: UseState,
  scope: Scope | undefined,
  back: string | ((state: SessionState) => Promise<unknown>),
): Promise<void> {
  const state = stateOf(use)
  if (state === undefined) return
  const { clock, rollbackTimeoutMs } = state.settings
  let timer: unknown
  const late = new Promise<"failed">((resolve) => {
    timer = clock.setTimeout(() => resolve("failed"), timerDelay(rollbackTimeoutMs))
  })
  const outcome = await Promise.race([goBack(use, scope, back).catch(() => "failed" as const), late])
  clock.clearTimeout(timer)
  if (outcome === "failed") stateOf(use)?.giveUp()
}

async function goBack(use: UseState, scope: Scope | undefined, back: Parameters<typeof undo>[2]): Promise<"done"> {
  if (use().connection.status === "closed") return "done"
  await use().idle()
  const state = stateOf(use)
  const status = state?.connection.status ?? "closed"
  // Idle: the transaction never started, or a failed COMMIT has rolled everything back. The end of an outer one rolls back everything.
  const isOver = scope !== undefined && (scope.endedByHand !== undefined || state?.isOver(scope) === true)
  const over = status === "closed" || status === "idle" || scope?.outer?.signal.aborted || isOver
  if (over || state === undefined) return "done"
  await (typeof back === "string" ? state.send(back, undefined, undefined) : back(state))
  return "done"
}

// Undefined if the session was released in the meantime: its owner cleans up.
function stateOf(use: UseState): SessionState | undefined {
  try {
    return use()
  } catch {
    return undefined
  }
}
