import { channel } from "node:diagnostics_channel"
import type { SslMode } from "@pgsd/driver"
import type { ManagerState } from "./database-manager.ts"
import type { MemoryUsage } from "./memory/memory-manager.ts"

/** `pgsd:manager:connect`: a connection was established; has the fields of a connection log. */
export interface ManagerConnectEvent {
  /** The database's name in the configuration. */
  readonly name: string
  readonly driver: string
  readonly host?: string | undefined
  readonly port?: number | undefined
  readonly database: string
  readonly user: string
  readonly sslMode?: SslMode | undefined
  /** The session's actual TLS parameters; the mode is the requested one. */
  readonly encrypted: boolean
  /** Includes all attempted hosts and methods, in ms. */
  readonly connectionTimeMs: number
}

/** `pgsd:manager:connect-error`: connecting failed on all hosts. */
export interface ManagerConnectErrorEvent {
  readonly name: string
  readonly driver: string
  readonly error: unknown
  readonly connectionTimeMs: number
}

/** `pgsd:manager:retry`: a first connection failed and is retried after `delayMs`. */
export interface ManagerRetryEvent {
  readonly name: string
  readonly error: unknown
  /** 1 for the first. */
  readonly attempt: number
  readonly delayMs: number
}

/** `pgsd:manager:state` */
export interface ManagerStateEvent {
  readonly state: ManagerState
  readonly before: ManagerState
}

/** `pgsd:manager:verify`: one database was verified. */
export interface ManagerVerifyEvent {
  readonly name: string
  readonly ok: boolean
  readonly reachable: boolean
  readonly durationMs: number
}

/** `pgsd:manager:memory-pressure`: memory is close to its limit; cleanup starts. */
export interface MemoryPressureEvent {
  readonly usage: MemoryUsage
}

export interface ManagerChannels {
  readonly "pgsd:manager:connect": ManagerConnectEvent
  readonly "pgsd:manager:connect-error": ManagerConnectErrorEvent
  readonly "pgsd:manager:retry": ManagerRetryEvent
  readonly "pgsd:manager:state": ManagerStateEvent
  readonly "pgsd:manager:verify": ManagerVerifyEvent
  readonly "pgsd:manager:memory-pressure": MemoryPressureEvent
}

const channels = {
  "pgsd:manager:connect": channel("pgsd:manager:connect"),
  "pgsd:manager:connect-error": channel("pgsd:manager:connect-error"),
  "pgsd:manager:retry": channel("pgsd:manager:retry"),
  "pgsd:manager:state": channel("pgsd:manager:state"),
  "pgsd:manager:verify": channel("pgsd:manager:verify"),
  "pgsd:manager:memory-pressure": channel("pgsd:manager:memory-pressure"),
}

/** The event is created only if there is a subscriber. */
export function publish<Name extends keyof ManagerChannels>(name: Name, event: () => ManagerChannels[Name]): void {
  if (channels[name].hasSubscribers) channels[name].publish(event())
}
