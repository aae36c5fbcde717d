import { Readable, Writable } from "node:stream"

/**
 * A COPY resolves with a stream, and ends only when that does: data from the server runs off, data for the server is
 * refused. True when the result was one.
 */
export function refuseCopy(result: unknown): boolean {
  if (result instanceof Readable) result.on("error", () => {}).resume()
  else if (result instanceof Writable) result.on("error", () => {}).destroy(new Error("COPY is not possible through query()"))
  else return false
  return true
}
