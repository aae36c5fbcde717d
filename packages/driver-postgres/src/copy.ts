import { Readable, Writable } from "node:stream"

/**
 * Ends a COPY: postgres.js resolves it with a stream and completes it when the stream ends, so output is discarded and input is refused.
 *
 * @returns true if the result was such a stream
 */
export function refuseCopy(result: unknown): boolean {
  if (result instanceof Readable) drain(result)
  else if (result instanceof Writable) result.on("error", () => {}).destroy(new Error("COPY is not possible through query()"))
  else return false
  return true
}

// postgres.js pauses the socket when the stream's buffer is full and resumes it when the stream reads on. After the end it reads no more,
// so the server's messages after a COPY whose last part filled the buffer would never be read.
function drain(data: Readable): void {
  data
    .on("error", () => {})
    .on("end", () => readOn(data))
    .resume()
}

function readOn(data: Readable): void {
  try {
    data._read(0)
  } catch {
    // postgres.js has abandoned its socket: the connection ended with the COPY, and reports that itself.
  }
}
