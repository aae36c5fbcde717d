import type { QueryResult } from "../../contract.ts"
import { type AbortSource, follow } from "../../on-abort.ts"
import type { SocketClient } from "../adapter.ts"
import type { Wire } from "../protocol/wire.ts"
import type { Exchange } from "./exchange.ts"
import { Request } from "./request.ts"

/** The connection, as far as an exchange needs it. */
export interface ExchangeHost {
  readonly wire: Wire
  readonly client: SocketClient
  /** @throws PgsdError when the connection is closed */
  ask(request: Request): void
}

/** An exchange that may fail by itself, although the server is content. */
export type FallibleExchange = Exchange & { readonly failure: { readonly error: unknown } | undefined }

/** Sends it with a signal that no other request has, so that it has the wire to itself. */
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
    host.ask(request)
  }).finally(unfollow)
}
