import type { LookupFunction, Socket } from "node:net"
import type { TLSSocket } from "node:tls"
import type { TlsInfo } from "../../contract.ts"
import type { ConnectDeadline } from "./connect-deadline.ts"

export interface DialOptions {
  /** Aborting rejects with `signal.reason`; nothing stays open. Ignored when `deadline` is given: it has its own. */
  readonly signal?: AbortSignal | undefined
  /** How a name becomes an address; called with `{ all: true }`. @default dns.lookup */
  readonly lookup?: LookupFunction | undefined
  /** The driver's name, for errors. */
  readonly driver?: string | undefined
  /** Called when the socket is connected, before anything is sent. An abort from within it ends the attempt. */
  readonly onSocketConnect?: (() => void) | undefined
  /** The clock of an attempt that began earlier. @default one of its own, from `target.connectTimeoutMs` */
  readonly deadline?: ConnectDeadline | undefined
}

/** A socket on which the startup packet may be sent: connected, and secured and verified where the target asks for TLS. */
export interface Dialed {
  /**
   * Its only listener swallows errors, and nothing was read from it. It may have died meanwhile:
   * look at `destroyed` and `errored` when attaching later than at once.
   */
  readonly socket: Socket | TLSSocket
  /** The IP address that was dialled; absent on a Unix socket. */
  readonly address?: string
  /** Absent on a plain connection. */
  readonly tls?: TlsInfo
  /** performance.now() when the attempt began. */
  readonly startedAt: number
  /** Still running, in phase `startup`: the code that takes the socket sets `phase` on and calls `end()` at ReadyForQuery or failure. */
  readonly deadline: ConnectDeadline
}
