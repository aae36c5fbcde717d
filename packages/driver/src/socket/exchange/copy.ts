import { CopyReader } from "../../adapter/copy-reader.ts"
import { asIterator } from "../../async-iterator.ts"
import type { CopyChunks, CopyOptions, CopyOutput, CopyResult } from "../../contract.ts"
import { checkCopyStatement } from "../../copy-statement.ts"
import { labelledOutput, withLabel } from "../../label.ts"
import { AbortSource } from "../../on-abort.ts"
import { CopyIn } from "./copy-in.ts"
import { CopyOut } from "./copy-out.ts"
import { type ExchangeHost, exchanged } from "./exchanged.ts"

/** The reason for stopping a COPY TO whose consumer has stopped reading. */
const LEFT = new Error("the consumer of a COPY stopped reading")

export async function copyIn(host: ExchangeHost, sql: string, source: CopyChunks, { signal }: CopyOptions): Promise<CopyResult> {
  const reader = new CopyReader(source)
  try {
    checkCopyStatement(sql, "in")
    signal?.throwIfAborted()
    const { rowCount } = await exchanged(host, sql, new CopyIn(host.wire, sql, reader), signal, new AbortSource())
    return { rowCount }
  } catch (error) {
    throw withLabel(host.label, error, signal)
  } finally {
    reader.leave()
  }
}

export function copyOut(host: ExchangeHost, sql: string, options: CopyOptions): CopyOutput {
  return asIterator(labelledOutput(host.label, output(host, sql, options), options.signal))
}

async function* output(host: ExchangeHost, sql: string, { signal }: CopyOptions): AsyncGenerator<Uint8Array, undefined> {
  signal?.throwIfAborted()
  checkCopyStatement(sql, "out")
  const out = new CopyOut(host.wire, sql)
  const stop = new AbortSource()
  const ended = exchanged(host, sql, out, signal, stop)
  // Awaited below; handles a failure while the consumer is working.
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
