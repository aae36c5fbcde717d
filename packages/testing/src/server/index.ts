export { availableVersions } from "./binaries/embedded.ts"
export { hasPgBouncer } from "./bouncer/find-pg-bouncer.ts"
export type { PgBouncer, PgBouncerOptions, PoolMode } from "./bouncer/pg-bouncer.ts"
export { pgBouncer } from "./bouncer/start-pg-bouncer.ts"
export type { ServerErrorCode } from "./errors.ts"
export type {
  OperationOptions,
  PostgresServer,
  PostgresServerOptions,
  ServerKind,
  ServerRow,
  ServerUser,
  StopMode,
  StopOptions,
} from "./postgres-server.ts"
export { type ServerWay, serverWays } from "./server-ways.ts"
export { postgresServer } from "./start-postgres-server.ts"
export type { CertificateAndKey, ClientCertificateOptions, ServerTls, ServerTlsOptions } from "./tls/server-tls.ts"
