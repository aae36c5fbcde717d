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
  const late = new Promise<boolean>((resolve) => {
    timer = clock.setTimeout(() => resolve(false), timerDelay(rollbackTimeoutMs))
  })
  const undone = goBack(use, scope, back).then(
    () => true,
    () => false,
  )
  if (!(await Promise.race([undone, late]))) stateOf(use)?.giveUp()
  clock.clearTimeout(timer)
}

async function goBack(use: UseState, scope: Scope | undefined, back: Parameters<typeof undo>[2]): Promise<void> {
  await use().idle()
  const state = use()
  if (isUndone(state, scope)) return
  await (typeof back === "string" ? state.send(back, undefined, undefined) : back(state))
}

function isUndone(state: SessionState, scope: Scope | undefined): boolean {
  const { status } = state.connection
  // Idle: the transaction never started, or a failed COMMIT has rolled everything back.
  if (status === "closed" || status === "idle") return true
  // If a statement inside has made another transaction of it (COMMIT AND CHAIN), nobody else would end that one.
  if (scope?.outer === undefined) return false
  // The end of the outer one rolls back everything.
  return scope.outer.signal.aborted || scope.endedByHand !== undefined || state.isOver(scope)
}

// Undefined if the session was released in the meantime: its owner cleans up.
function stateOf(use: UseState): SessionState | undefined {
  try {
    return use()
  } catch {
    return undefined
  }
}
