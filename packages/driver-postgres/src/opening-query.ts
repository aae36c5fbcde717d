import type { Wire } from "@pgsd/driver/socket"

/** Query with an empty string. */
const EMPTY_QUERY = Buffer.from([0x51, 0, 0, 0, 5, 0])
/** EmptyQueryResponse and an idle ReadyForQuery. */
const EMPTY_ANSWER = Buffer.from([0x49, 0, 0, 0, 4, 0x5a, 0, 0, 0, 5, 0x49])

/**
 * Makes postgres.js connect, which it does only for a query. The empty query is answered here, as the server would: it costs no round trip
 * and never shares the wire with another query.
 */
export function answerOpeningQuery(wire: Wire): void {
  const write = wire.write.bind(wire)
  wire.write = (chunk, callback) => {
    if (typeof chunk === "string" || !EMPTY_QUERY.equals(chunk.subarray(0, EMPTY_QUERY.length))) return write(chunk, callback)
    wire.write = write
    queueMicrotask(() => wire.deliver(EMPTY_ANSWER))
    const rest = chunk.subarray(EMPTY_QUERY.length)
    return rest.length === 0 || write(rest, callback)
  }
}
