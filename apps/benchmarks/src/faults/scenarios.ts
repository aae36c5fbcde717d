import type { Scenario } from "./scenario.ts"
import { lateCancels, timeoutThenNext } from "./scenarios/cancel.ts"
import { acceptThenClose, tooManyConnections, wrongPassword } from "./scenarios/connecting.ts"
import { closeWithAllPending, idleExit, restartUnderLoad } from "./scenarios/endings.ts"
import { forgottenRelease, nestedAcquire, releasedInTransaction, releasedTwice, useAfterRelease } from "./scenarios/leases.ts"
import { killBorrowed, killIdle, killInFlight } from "./scenarios/losses.ts"
import { blackholedConnect, halfOpen, stoppedBackend, timeoutWhileBlackholed } from "./scenarios/unresponsive.ts"

/** The rows of the outcome table, in their order. */
export const SCENARIOS = {
  killIdle,
  killBorrowed,
  killInFlight,
  blackholedConnect,
  halfOpen,
  stoppedBackend,
  timeoutWhileBlackholed,
  wrongPassword,
  acceptThenClose,
  tooManyConnections,
  restartUnderLoad,
  useAfterRelease,
  releasedTwice,
  releasedInTransaction,
  forgottenRelease,
  nestedAcquire,
  timeoutThenNext,
  lateCancels,
  closeWithAllPending,
  idleExit,
} as const satisfies Readonly<Record<string, Scenario>>

export type ScenarioName = keyof typeof SCENARIOS
