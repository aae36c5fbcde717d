import { count, milliseconds, refuseUnknownOptions } from "@pgsd/driver"
import type { StreamOptions } from "../database-connector.ts"
import type { Cursor } from "./cursor.ts"

const DEFAULTS = { batchSize: 1000 } as const
const OPTIONS = ["batchSize", "timeoutMs", "signal", "types"] as const satisfies readonly (keyof StreamOptions)[]

/** Opens the cursor when the first row is asked for, and gives back what was taken for it in the end. */
export interface CursorSource {
  open(): Promise<Cursor>
  release(): void
}

/** Rows one by one; the next batch is fetched only when the consumer has taken the last row of this one. */
export function rowStream<R>(source: CursorSource, options: StreamOptions): AsyncIterableIterator<R> & AsyncDisposable {
  refuseUnknownOptions("option of stream", options, OPTIONS)
  const batchSize = count("batchSize", options.batchSize ?? DEFAULTS.batchSize, 1)
  milliseconds("timeoutMs", options.timeoutMs ?? Number.POSITIVE_INFINITY)
  const rows = rowsOf<R>(source, batchSize)
  return {
    next: () => rows.next(),
    return: (value?: unknown) => rows.return(value as undefined),
    throw: (error?: unknown) => rows.throw(error),
    [Symbol.asyncIterator]() {
      return this
    },
    async [Symbol.asyncDispose]() {
      await rows.return(undefined)
    },
  }
}

async function* rowsOf<R>(source: CursorSource, batchSize: number): AsyncGenerator<R, undefined> {
  let cursor: Cursor | undefined
  try {
    cursor = await source.open()
    for (;;) {
      const { rows } = await cursor.fetch<R>(batchSize)
      for (const row of rows) yield row
      if (rows.length < batchSize) break
    }
    await cursor.close()
    cursor = undefined
  } finally {
    // Still set: the consumer left early or something failed.
    await cursor?.abandon()
    source.release()
  }
}
