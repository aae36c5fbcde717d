import { channel } from "node:diagnostics_channel"
import type { PgsdError, SslMode } from "@pgsd/driver"

/** `pgsd:connector:connect`: a session stands. The fields are those of the original design's connection log. */
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

/** `pgsd:connector:attempt-failed`: one address with one method gave nothing; the search may go on. */
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

/** `pgsd:connector:connect-error`: open() gave up. */
export interface ConnectErrorEvent {
  readonly label: string
  readonly driver: string
  readonly error: PgsdError
  readonly totalTimeMs: number
}

export interface ConnectorChannels {
  readonly "pgsd:connector:connect": ConnectEvent
  readonly "pgsd:connector:attempt-failed": AttemptFailedEvent
  readonly "pgsd:connector:connect-error": ConnectErrorEvent
}

const channels = {
  "pgsd:connector:connect": channel("pgsd:connector:connect"),
  "pgsd:connector:attempt-failed": channel("pgsd:connector:attempt-failed"),
  "pgsd:connector:connect-error": channel("pgsd:connector:connect-error"),
}

/** The event is only made when somebody listens. */
export function publish<Name extends keyof ConnectorChannels>(name: Name, event: () => ConnectorChannels[Name]): void {
  if (channels[name].hasSubscribers) channels[name].publish(event())
}
