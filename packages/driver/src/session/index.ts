export type { LateCallEvent } from "../diagnostics.ts"
export {
  BATCH_OPTIONS,
  CALL_OPTIONS,
  COPY_FROM_OPTIONS,
  COPY_TO_OPTIONS,
  NOTIFY_OPTIONS,
  SAVEPOINT_OPTIONS,
  STREAM_OPTIONS,
  TRANSACTION_OPTIONS,
} from "./call-options.ts"
export { labelled, QueryTimeoutError, type SessionErrorCode, TooManyRowsError, withLabel } from "./errors.ts"
export { refusal } from "./late-calls.ts"
export { statementKind } from "./limited-query.ts"
export { checkChannel, checkNotification, NOTIFY } from "./notify.ts"
export { onlyRow, rowOrNone } from "./one-row.ts"
export type {
  BatchOptions,
  CallOptions,
  CopyFromOptions,
  CopyPart,
  CopySource,
  CopyToOptions,
  IsolationLevel,
  NotifyOptions,
  Queryable,
  SavepointOptions,
  Session,
  StreamOptions,
  Transaction,
  TransactionOptions,
} from "./queryable.ts"
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
export { readStatement, type SlonikToken, type StatementInput, type StatementObject } from "./statement.ts"
export { TransactionHandle, type TransactionHost } from "./transaction-handle.ts"
export { WorkLimit } from "./work-limit.ts"
