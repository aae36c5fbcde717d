import { Readable, Writable } from "node:stream"

/**
 * A COPY resolves with a stream, and ends only when that does: data from the server runs off, data for the server is
 * refused. True when the result was one.
 */
export function refuseCopy(result: unknown): boolean {
  if (result instanceof Readable) drain(result)
  else if (result instanceof Writable) result.on("error", () => {}).destroy(new Error("COPY is not possible through query()"))
  else return false
  return true
}

// postgres.js pauses the socket whenever the stream's buffer is full, and resumes it when the stream asks for more. At its end the
// stream does not ask any more: what the server says behind a COPY whose last part filled the buffer would never be read.
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
    // postgres.js has abandoned its socket: the connection has ended with the COPY, and reports it itself.
  }
}
