import { abortable, type CopyChunks, PgsdError } from "@pgsd/driver"

/** PGlite takes and gives the data of a COPY at once: so much is held at most. */
export const MAX_COPY_BYTES = 256 * 1024 * 1024

/** All that a source yields. @throws PgsdError PGSD_UNSUPPORTED beyond {@link MAX_COPY_BYTES} */
export async function gathered(source: CopyChunks, signal: AbortSignal | undefined, label: string): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  const iterator = Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]()
  try {
    for (;;) {
      const step = await abortable(Promise.resolve(iterator.next()), signal)
      if (step.done === true) break
      // Copied: the source may use it again.
      chunks.push(Buffer.from(step.value))
      bytes += step.value.length
      if (bytes > MAX_COPY_BYTES) throw tooMuch(label)
    }
    return Buffer.concat(chunks, bytes)
  } catch (error) {
    // Not waited for: it may wait itself, for ever.
    Promise.resolve(iterator.return?.()).catch(() => {})
    throw error
  }
}

export function tooMuch(label: string): PgsdError {
  const hint = "copy in parts, or use a server: its drivers send and receive COPY bit by bit"
  return new PgsdError("PGSD_UNSUPPORTED", `${label}: a COPY of more than ${MAX_COPY_BYTES} bytes is more than PGlite can do (${hint})`, {
    label,
    hint,
  })
}
