/** Arguments, validation and errors of a Queryable's calls, independent of the session that executes them. */
export { labelled, withLabel } from "../label.ts"
export { owningSource } from "../owned-source.ts"
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
export { checkWork } from "./check-work.ts"
export { QueryTimeoutError, type SessionErrorCode, TooManyRowsError } from "./errors.ts"
export { refusal } from "./late-calls.ts"
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
export { readStatement, type SlonikToken, type StatementInput, type StatementObject } from "./statement.ts"
export { WorkLimit } from "./work-limit.ts"
