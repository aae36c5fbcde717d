import { PgsdError } from "../errors.ts"

/** NAMEDATALEN - 1: LISTEN truncates a longer name, and NOTIFY rejects it. */
const LONGEST_CHANNEL_BYTES = 63
/** NOTIFY_PAYLOAD_MAX_LENGTH - 1, for a server built with the usual 8 kB pages. */
const LONGEST_PAYLOAD_BYTES = 7_999

export const NOTIFY = "SELECT pg_catalog.pg_notify($1, $2)"

/** @throws PgsdError PGSD_INVALID_PARAMETER for an invalid channel name */
export function checkChannel(channel: unknown): asserts channel is string {
  if (typeof channel !== "string" || channel === "") throw invalid("a channel must be a non-empty string")
  if (channel.includes("\0")) throw invalid("the name of a channel cannot contain a NUL character")
  const bytes = Buffer.byteLength(channel)
  if (bytes > LONGEST_CHANNEL_BYTES)
    throw invalid(`the name of channel "${channel.slice(0, 20)}…" has ${bytes} bytes, and the server takes ${LONGEST_CHANNEL_BYTES}`)
}

/** @throws PgsdError PGSD_INVALID_PARAMETER for a payload that the server would reject */
export function checkNotification(channel: unknown, payload: unknown): void {
  checkChannel(channel)
  if (typeof payload !== "string") throw invalid(`the payload for channel "${channel}" must be a string`, "JSON.stringify() makes one")
  if (payload.includes("\0")) throw invalid(`the payload for channel "${channel}" cannot contain a NUL character`)
  const bytes = Buffer.byteLength(payload)
  if (bytes > LONGEST_PAYLOAD_BYTES)
    throw invalid(
      `the payload for channel "${channel}" has ${bytes} bytes, and the server takes ${LONGEST_PAYLOAD_BYTES}`,
      "put it into a table, and send its key",
    )
}

function invalid(fact: string, hint?: string): PgsdError {
  return new PgsdError("PGSD_INVALID_PARAMETER", fact, { hint })
}
