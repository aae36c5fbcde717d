import type { QueryResult } from "../../contract.ts"
import { type AbortSource, follow } from "../../on-abort.ts"
import type { SocketClient } from "../adapter.ts"
import type { Wire } from "../protocol/wire.ts"
import type { Exchange } from "./exchange.ts"
import { Request } from "./request.ts"

/** The part of the connection that an exchange needs. */
export interface ExchangeHost {
  /** For errors that have none. */
  readonly label: string
  readonly wire: Wire
  readonly client: SocketClient
  /** @throws PgsdError if the connection is closed */
  enqueue(request: Request): void
}

/** An exchange that can fail although the server reported no error. */
export type FallibleExchange = Exchange & { readonly failure: { readonly error: unknown } | undefined }

/**
 * Runs an exchange with a signal of its own, so that no other request shares the wire with it. However it settles, even when it was never
 * sent, the exchange is over then.
 */
export function exchanged(
  host: ExchangeHost,
  sql: string,
  exchange: FallibleExchange,
  signal: AbortSignal | undefined,
  stop: AbortSource,
): Promise<QueryResult> {
  const unfollow = follow(signal, stop)
  return new Promise<QueryResult>((resolve, reject) => {
    const request = new Request(
      sql,
      undefined,
      stop.signal,
      undefined,
      false,
      (result) => (exchange.failure === undefined ? resolve(result) : reject(exchange.failure.error)),
      (error) => reject(stop.signal.aborted || exchange.failure === undefined ? error : exchange.failure.error),
    )
    request.exchange = exchange
    host.enqueue(request)
  }).finally(() => {
    unfollow()
    exchange.over()
  })
}
