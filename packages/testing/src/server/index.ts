export { availableVersions } from "./binaries/embedded.ts"
export type { ServerErrorCode } from "./errors.ts"
export type {
  PostgresServer,
  PostgresServerOptions,
  ServerKind,
  ServerRow,
  ServerUser,
  StopMode,
} from "./postgres-server.ts"
export { postgresServer } from "./start-postgres-server.ts"
export type { CertificateAndKey, ClientCertificateOptions, ServerTls, ServerTlsOptions } from "./tls/server-tls.ts"
