export type { AttemptFailedEvent, ConnectErrorEvent, ConnectEvent } from "../diagnostics.ts"
export type { ConnectionFactory, ConnectionFactoryOptions, OpenOptions } from "./connection-factory.ts"
export { createConnectionFactory } from "./create-connection-factory.ts"
export { type ConnectAttempt, ConnectAttemptsError, type ConnectAttemptsErrorOptions, type OpenErrorCode } from "./errors.ts"
