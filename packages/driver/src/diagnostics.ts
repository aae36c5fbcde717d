import { channel } from "node:diagnostics_channel"
import type { SslMode } from "./connection-config.ts"
import type { PgsdError } from "./errors.ts"

/** `pgsd:session:late-call`: a call on a dead handle, or out of turn, was rejected. The rejection never ends the process. */
export interface LateCallEvent {
  readonly label: string
  readonly sql: string
  readonly error: unknown
}

/** `pgsd:open:connect`: a session was established. */
export interface ConnectEvent {
  readonly label: string
  readonly driver: string
  readonly host?: string | undefined
  readonly address?: string | undefined
  readonly port?: number | undefined
  readonly database: string
  readonly user: string
  readonly sslMode?: SslMode | undefined
  /** The session's actual encryption; the mode is the requested one. */
  readonly encrypted: boolean
  /** Duration of this attempt, in ms. */
  readonly connectionTimeMs: number
  /** Duration of all attempts of this open(), in ms. */
  readonly totalTimeMs: number
  /** Number of failed attempts before this one. */
  readonly failedAttempts: number
}

/** `pgsd:open:attempt-failed`: one address failed with one method; the search may continue. */
export interface AttemptFailedEvent {
  readonly label: string
  readonly driver: string
  readonly host: string
  readonly address?: string | undefined
  readonly port: number
  readonly encryption: "plain" | "tls"
  readonly error: PgsdError
  readonly next: "next-method" | "next-address" | "next-host" | "stop"
}

/** `pgsd:open:connect-error`: open() failed. */
export interface ConnectErrorEvent {
  readonly label: string
  readonly driver: string
  readonly error: PgsdError
  readonly totalTimeMs: number
}

export interface DriverChannels {
  readonly "pgsd:open:connect": ConnectEvent
  readonly "pgsd:open:attempt-failed": AttemptFailedEvent
  readonly "pgsd:open:connect-error": ConnectErrorEvent
  readonly "pgsd:session:late-call": LateCallEvent
}

const channels = {
  "pgsd:open:connect": channel("pgsd:open:connect"),
  "pgsd:open:attempt-failed": channel("pgsd:open:attempt-failed"),
  "pgsd:open:connect-error": channel("pgsd:open:connect-error"),
  "pgsd:session:late-call": channel("pgsd:session:late-call"),
}

/** The event is only created if there are subscribers. */
export function publish<Name extends keyof DriverChannels>(name: Name, event: () => DriverChannels[Name]): void {
  if (channels[name].hasSubscribers) channels[name].publish(event())
}
