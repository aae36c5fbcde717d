import { asIterator } from "../../async-iterator.ts"
import type { CopyChunks, CopyOptions, CopyOutput, CopyResult } from "../../contract.ts"
import { checkCopyStatement } from "../../copy-statement.ts"
import { follow } from "../../on-abort.ts"
import type { Wire } from "../protocol/wire.ts"
import { CopyIn } from "./copy-in.ts"
import { CopyOut } from "./copy-out.ts"
import type { Exchange } from "./exchange.ts"
import { Request } from "./request.ts"

/** The connection, as far as COPY needs it. */
export interface ExchangeHost {
  readonly wire: Wire
  /** @throws PgsdError when the connection is closed */
  ask(request: Request): void
}

type CopyExchange = Exchange & { readonly failure: { readonly error: unknown } | undefined }

/** Why a COPY TO is stopped whose consumer has left. */
const LEFT = new Error("the consumer of a COPY has left")

export async function copyIn(host: ExchangeHost, sql: string, source: CopyChunks, { signal }: CopyOptions): Promise<CopyResult> {
  checkCopyStatement(sql, "in")
  signal?.throwIfAborted()
  return exchanged(host, sql, new CopyIn(host.wire, sql, source), signal, new AbortController())
}

export function copyOut(host: ExchangeHost, sql: string, options: CopyOptions): CopyOutput {
  return asIterator(chunksOf(host, sql, options))
}

async function* chunksOf(host: ExchangeHost, sql: string, { signal }: CopyOptions): AsyncGenerator<Uint8Array, undefined> {
  signal?.throwIfAborted()
  checkCopyStatement(sql, "out")
  const out = new CopyOut(host.wire, sql)
  const stop = new AbortController()
  const ended = exchanged(host, sql, out, signal, stop)
  // Awaited below; the consumer may be at work when it fails.
  ended.catch(() => {})
  let left = true
  try {
    for (let chunk = await out.take(); chunk !== undefined; chunk = await out.take()) yield chunk
    left = false
    await ended
  } finally {
    if (left) {
      stop.abort(LEFT)
      await ended.catch(() => {})
    }
  }
  return undefined
}

/** Sends it with a signal that no other request has, so that it has the wire to itself. */
function exchanged(
  host: ExchangeHost,
  sql: string,
  exchange: CopyExchange,
  signal: AbortSignal | undefined,
  stop: AbortController,
): Promise<CopyResult> {
  const unfollow = follow(signal, stop)
  return new Promise<CopyResult>((resolve, reject) => {
    const request = new Request(
      sql,
      undefined,
      stop.signal,
      undefined,
      false,
      ({ rowCount }) => (exchange.failure === undefined ? resolve({ rowCount }) : reject(exchange.failure.error)),
      (error) => reject(stop.signal.aborted || exchange.failure === undefined ? error : exchange.failure.error),
    )
    request.exchange = exchange
    host.ask(request)
  }).finally(unfollow)
}
