import { abortable, limit } from "@pgsd/driver"
import type { FileFacts } from "./io.ts"

/** Certificates of all authorities of the world are a quarter of this. */
export const LARGEST_FILE_BYTES = 4 * 1024 * 1024
/** A network file system whose server is gone would be waited for without end. */
export const TIMEOUT_MS = 5_000

/**
 * A regular file below the limit, within the deadline: whatever a connection names is read here. A device has no end, and a pipe without a
 * writer never answers.
 *
 * @throws a system error, or one with code EISDIR, NOT_REGULAR, TOO_LARGE or ETIMEDOUT
 */
export function readRegularFile(path: string): Promise<Uint8Array> {
  return bounded(path, async () => {
    const { constants, open } = await import("node:fs/promises")
    // Non-blocking, so that opening a pipe does not wait for its writer; a regular file knows no difference.
    const file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0))
    try {
      const facts = await file.stat()
      if (facts.isDirectory()) throw problem("EISDIR", `${path} is a directory`)
      if (!facts.isFile()) throw problem("NOT_REGULAR", `${path} is not a regular file`)
      // It may grow, and files of /proc say 0.
      const bytes = Buffer.allocUnsafe(Math.min(facts.size, LARGEST_FILE_BYTES) + 1)
      return await readAll(path, bytes, (buffer, offset) => file.read(buffer, offset, buffer.length - offset, null))
    } finally {
      await file.close()
    }
  })
}

async function readAll(
  path: string,
  first: Buffer,
  read: (buffer: Buffer, offset: number) => Promise<{ readonly bytesRead: number }>,
): Promise<Uint8Array> {
  let buffer = first
  let length = 0
  for (;;) {
    const { bytesRead } = await read(buffer, length)
    if (bytesRead === 0) return buffer.subarray(0, length)
    length += bytesRead
    if (length > LARGEST_FILE_BYTES) throw problem("TOO_LARGE", `${path} is larger than ${LARGEST_FILE_BYTES} bytes`)
    if (length < buffer.length) continue
    const larger = Buffer.allocUnsafe(Math.min(2 * buffer.length, LARGEST_FILE_BYTES) + 1)
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

async function bounded<T>(path: string, work: () => Promise<T>): Promise<T> {
  const bounds = limit(undefined, TIMEOUT_MS, () => problem("ETIMEDOUT", `${path} could not be read within ${TIMEOUT_MS} ms`))
  try {
    return await abortable(work(), bounds.signal)
  } finally {
    bounds.end()
  }
}

function problem(code: string, message: string): Error {
  return Object.assign(new Error(message), { code })
}
