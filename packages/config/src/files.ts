import { abortable, limit } from "@pgsd/driver"
import type { FileFacts } from "./io.ts"

/** Four times the size of a bundle of all public CAs. */
export const LARGEST_FILE_BYTES = 4 * 1024 * 1024
/** A network file system without its server never responds. */
export const TIMEOUT_MS = 5_000

export interface ReadFileOptions {
  /** In bytes. @default 4 MiB */
  readonly largest?: number | undefined
  /** @default 5_000 */
  readonly timeoutMs?: number | undefined
  readonly signal?: AbortSignal | undefined
}

/**
 * Reads a regular file, with limits of size and time. Every file named by a connection is read here, because a device never ends and a pipe
 * may have no writer.
 *
 * @throws a system error, or one with code EISDIR, NOT_REGULAR, TOO_LARGE or ETIMEDOUT; the signal's reason
 */
export function readRegularFile(path: string, options: ReadFileOptions = {}): Promise<Uint8Array> {
  const { largest = LARGEST_FILE_BYTES } = options
  const work = async (signal: AbortSignal | undefined) => {
    const { constants, open } = await import("node:fs/promises")
    // Non-blocking, so that opening a pipe does not wait for its writer; for a regular file it makes no difference.
    const file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0))
    try {
      const facts = await file.stat()
      if (facts.isDirectory()) throw problem("EISDIR", `${path} is a directory`)
      if (!facts.isFile()) throw problem("NOT_REGULAR", `${path} is not a regular file`)
      const tooLarge = () => problem("TOO_LARGE", `${path} is larger than ${largest} bytes`)
      if (facts.size > largest) throw tooLarge()
      const read = (buffer: Buffer, offset: number) => {
        signal?.throwIfAborted()
        return file.read(buffer, offset, buffer.length - offset, null)
      }
      return await readAll(facts.size, largest, read, tooLarge)
    } finally {
      await file.close()
    }
  }
  return bounded(path, work, options)
}

/** `size` as reported by stat: the file may grow, and files in /proc report 0. */
async function readAll(
  size: number,
  largest: number,
  read: (buffer: Buffer, offset: number) => Promise<{ readonly bytesRead: number }>,
  tooLarge: () => Error,
): Promise<Uint8Array> {
  let buffer = Buffer.allocUnsafe(size + 1)
  let length = 0
  for (;;) {
    const { bytesRead } = await read(buffer, length)
    if (bytesRead === 0) return buffer.subarray(0, length)
    length += bytesRead
    if (length > largest) throw tooLarge()
    if (length < buffer.length) continue
    const larger = Buffer.allocUnsafe(Math.min(2 * buffer.length, largest) + 1)
    buffer.copy(larger)
    buffer = larger
  }
}

export function statPath(path: string): Promise<FileFacts> {
  return bounded(path, async () => {
    const { stat } = await import("node:fs/promises")
    const facts = await stat(path)
    return { isFile: facts.isFile(), isDirectory: facts.isDirectory(), mode: facts.mode & 0o7777, uid: facts.uid }
  })
}

export function readFolder(path: string): Promise<readonly string[]> {
  return bounded(path, async () => {
    const { readdir } = await import("node:fs/promises")
    return readdir(path)
  })
}

async function bounded<T>(path: string, work: (signal: AbortSignal | undefined) => Promise<T>, options: ReadFileOptions = {}): Promise<T> {
  const { timeoutMs = TIMEOUT_MS, signal: outer } = options
  const bounds = limit(outer, timeoutMs, () => problem("ETIMEDOUT", `${path} could not be read within ${timeoutMs} ms`))
  try {
    return await abortable(work(bounds.signal), bounds.signal)
  } finally {
    bounds.end()
  }
}

function problem(code: string, message: string): Error {
  return Object.assign(new Error(message), { code })
}
