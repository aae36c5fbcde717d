export type { LateCallEvent } from "../diagnostics.ts"
export { statementKind } from "./limited-query.ts"
export type { Scope } from "./scope.ts"
export { SessionHandle } from "./session-handle.ts"
export { sessionOf } from "./session-of.ts"
export {
  CALL_DEFAULTS,
  type CallSettings,
  type ObservedStatement,
  type SessionOwner,
  type StatementOutcome,
} from "./session-owner.ts"
export { SessionState } from "./session-state.ts"
export { TransactionHandle, type TransactionHost } from "./transaction-handle.ts"
