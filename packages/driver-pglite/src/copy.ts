import { abortable, followAll, PgsdError } from "@pgsd/driver"
import type { CopyReader } from "@pgsd/driver/adapter"

/** PGlite takes and returns COPY data in one piece; this is the maximum that is buffered. */
export const MAX_COPY_BYTES = 256 * 1024 * 1024

/** Reads a whole source, unless one of the signals fires first. @throws PgsdError PGSD_UNSUPPORTED above {@link MAX_COPY_BYTES} */
export async function gathered(reader: CopyReader, signals: readonly (AbortSignal | undefined)[], label: string): Promise<Uint8Array> {
  const stop = new AbortController()
  const unfollow = followAll(signals, stop)
  const next = () => abortable(reader.next(), stop.signal)
  const chunks: Uint8Array[] = []
  let bytes = 0
  try {
    for (let chunk = await next(); chunk !== undefined; chunk = await next()) {
      // Copied: the source may reuse its buffer.
      chunks.push(Buffer.from(chunk))
      bytes += chunk.length
      if (bytes > MAX_COPY_BYTES) throw tooMuch(label)
    }
    return Buffer.concat(chunks, bytes)
  } finally {
    unfollow()
  }
}

export function tooMuch(label: string): PgsdError {
  const hint = "copy in parts, or use a server, whose drivers stream COPY"
  return new PgsdError("PGSD_UNSUPPORTED", `${label}: PGlite cannot COPY more than ${MAX_COPY_BYTES} bytes (${hint})`, {
    label,
    hint,
  })
}
