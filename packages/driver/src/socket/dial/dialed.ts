import type { LookupFunction, Socket } from "node:net"
import type { TLSSocket } from "node:tls"
import type { TlsInfo } from "../../contract.ts"
import type { ConnectDeadline } from "./connect-deadline.ts"

export interface DialOptions {
  /** Aborting rejects with `signal.reason` and leaves nothing open. Ignored if `deadline` is given, which has its own signal. */
  readonly signal?: AbortSignal | undefined
  /** Resolves a host name; called with `{ all: true }`. @default dns.lookup */
  readonly lookup?: LookupFunction | undefined
  /** The driver's name, for errors. */
  readonly driver?: string | undefined
  /** Called when the socket is connected, before anything is sent. Aborting from inside it ends the attempt. */
  readonly onSocketConnect?: (() => void) | undefined
  /** The deadline of an attempt that has already started. @default a new one from `target.connectTimeoutMs` */
  readonly deadline?: ConnectDeadline | undefined
}

/** A socket ready for the startup packet: connected and, if the target requires TLS, encrypted and verified. */
export interface Dialed {
  /**
   * Nothing has been read from it; its only listener ignores errors. It may already have failed: check `destroyed` and `errored` when
   * attaching in a later turn.
   */
  readonly socket: Socket | TLSSocket
  /** The IP address; absent for a Unix socket. */
  readonly address?: string
  /** Absent without TLS. */
  readonly tls?: TlsInfo
  /** performance.now() at the start of the attempt. */
  readonly startedAt: number
  /** Still running, in phase `startup`: whoever takes the socket updates `phase` and calls `end()` at ReadyForQuery or on failure. */
  readonly deadline: ConnectDeadline
}
