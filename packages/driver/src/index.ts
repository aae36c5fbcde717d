export { abortable } from "./abortable.ts"
export { asIterator } from "./async-iterator.ts"
export { atStatement } from "./at-statement.ts"
export { checkStatement } from "./check-statement.ts"
export { type ClassifyContext, fromServer, isFatal, place, type ServerError, toPgsdError } from "./classify.ts"
export { type Clock, LONGEST_TIMER_MS, systemClock, type TimerHandle, timerDelay } from "./clock.ts"
export type { DriverErrorCode } from "./codes.ts"
export {
  type ConnectionConfig,
  type ConnectionLiteral,
  type ConnectionTls,
  type ConnectionWarning,
  type Host,
  type PasswordReport,
  type SessionSettings,
  SSL_METHODS,
  type SslMode,
  type TargetSessionAttrs,
} from "./connection-config.ts"
export { toConnectionConfig } from "./connection-literal.ts"
export type {
  AuthenticationMethod,
  Connection,
  ConnectionInfo,
  ConnectionStatus,
  ConnectOptions,
  CopyChunks,
  CopyOptions,
  CopyOutput,
  CopyResult,
  Driver,
  DriverSupports,
  Field,
  Notice,
  Notification,
  PeerCertificateInfo,
  PipelineOptions,
  PipelineResult,
  PipelineStatement,
  PipelineStep,
  PortalClose,
  PortalFetch,
  QueryOptions,
  QueryResult,
  Row,
  TlsInfo,
  ValueParser,
  ValueParsers,
} from "./contract.ts"
export { type CopyDirection, checkCopyStatement, copyDirectionOf, copyThroughQuery } from "./copy-statement.ts"
export {
  type ConnectionPlace,
  type ConnectPhase,
  DatabaseConnectionError,
  type DatabaseConnectionErrorOptions,
  isPgsdError,
  isRetryable,
  PgsdError,
  type PgsdErrorOptions,
  QueryError,
  type QueryErrorOptions,
  type ServerErrorFields,
} from "./errors.ts"
export { hostAndPort, hostName, isLoopback, isSocketDirectory, labelOf } from "./hosts.ts"
export { type Limit, limit } from "./limit.ts"
export { callListener, EndListeners, Listeners } from "./listeners.ts"
export { nearestName } from "./nearest-name.ts"
export { follow, followAll, onAbort } from "./on-abort.ts"
export {
  abortSignal,
  checkOptions,
  count,
  flag,
  flagOrName,
  milliseconds,
  type OptionTable,
  oneOf,
  refuseUnknownOptions,
} from "./options.ts"
export { pause } from "./pause.ts"
export { quoteIdentifier, quoteLiteral } from "./quote.ts"
export { isSecret, Secret, secret } from "./secret.ts"
export { bareText, endOfQuoted, firstWord, mayControlTransaction, mayHoldSeveral } from "./statement-text.ts"
export type { AuthRule, AuthRuleMethod, AuthSettings, KeepAlive, PasswordSource, Target, TlsSettings, TlsVersion } from "./target.ts"
export { isWellFormed } from "./well-formed.ts"
