import type { Wire } from "@pgsd/driver/socket"

/** Query with an empty text. */
const EMPTY_QUERY = Buffer.from([0x51, 0, 0, 0, 5, 0])
/** EmptyQueryResponse and ReadyForQuery, idle. */
const EMPTY_ANSWER = Buffer.from([0x49, 0, 0, 0, 4, 0x5a, 0, 0, 0, 5, 0x49])

/**
 * postgres.js connects for a query, and waits for its answer. The empty query that makes it connect is answered here, as
 * the server would: it costs no round trip and never shares the wire with a query of ours.
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
