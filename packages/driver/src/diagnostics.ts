import { channel } from "node:diagnostics_channel"
import type { SslMode } from "./connection-config.ts"
import type { PgsdError } from "./errors.ts"

/** `pgsd:session:late-call`: a call on a handle that is dead, or not at its turn, was refused. Its rejection ends no process. */
export interface LateCallEvent {
  readonly label: string
  readonly sql: string
  readonly error: unknown
}

/** `pgsd:open:connect`: a session is established. */
export interface ConnectEvent {
  readonly label: string
  readonly driver: string
  readonly host?: string | undefined
  readonly address?: string | undefined
  readonly port?: number | undefined
  readonly database: string
  readonly user: string
  readonly sslMode?: SslMode | undefined
  /** What the session got: the mode says what was asked for. */
  readonly encrypted: boolean
  /** This attempt alone, in ms. */
  readonly connectionTimeMs: number
  /** All attempts of this open() together, in ms. */
  readonly totalTimeMs: number
  /** Attempts that failed before. */
  readonly failedAttempts: number
}

/** `pgsd:open:attempt-failed`: one address with one method gave nothing; the search may go on. */
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

/** `pgsd:open:connect-error`: open() gave up. */
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

/** The event is only made when there are subscribers. */
export function publish<Name extends keyof DriverChannels>(name: Name, event: () => DriverChannels[Name]): void {
  if (channels[name].hasSubscribers) channels[name].publish(event())
}
