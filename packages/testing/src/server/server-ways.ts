import type { Target } from "@pgsd/driver"
import { availableVersions } from "./binaries/embedded.ts"
import type { PostgresServer, PostgresServerOptions } from "./postgres-server.ts"

/** A server, and how to connect to it. */
export interface ServerWay {
  /** A description, for `describe`. */
  readonly name: string
  /** Options for {@link postgresServer}. */
  readonly server: PostgresServerOptions
  /** The target, once the server runs. */
  target(server: PostgresServer): Target
  /** True for one of them: the newest major over TCP, with which slow tests run in full. */
  readonly main: boolean
}

/**
 * The connections that an adapter's laws should be tested with: every embedded major over TCP, the newest over its Unix socket (not on
 * Windows) and over verified TLS with SCRAM.
 */
export function serverWays(): ServerWay[] {
  const majors = availableVersions()
  const newest = majors.at(-1) ?? 18
  const target = (server: PostgresServer) => server.target()
  const throughSocket = (server: PostgresServer) => server.target({ host: server.socketDirectory!, address: undefined })
  return [
    ...majors.map((version) => ({ name: `PostgreSQL ${version}, TCP`, server: { version }, target, main: version === newest })),
    ...(process.platform === "win32" ? [] : [{ name: "Unix socket", server: { version: newest }, target: throughSocket, main: false }]),
    { name: "TLS, verified, and SCRAM", server: { version: newest, tls: true }, target, main: false },
  ]
}
