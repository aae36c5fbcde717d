import { meaningOfSqlState } from "../../sqlstate.ts"
import { meaningOfPoolerMessage } from "./pooler-messages.ts"

/** libpq's limit: anything longer is not an ErrorResponse. */
const LONGEST = 30_000
const SHOWN = 200

/**
 * The text of an ErrorResponse before TLS, truncated and without control characters; undefined while it is incomplete. A server that cannot
 * start a process answers in the format of protocol 2: `E`, text, NUL.
 */
export function refusalText(bytes: Buffer): { readonly text: string; readonly retryable: boolean } | undefined {
  const length = bytes.length < 5 ? undefined : bytes.readUInt32BE(1)
  if (length !== undefined && length >= 8 && length <= LONGEST) {
    if (bytes.length < length + 1) return undefined
    const fields = new Map(
      bytes
        .toString("utf8", 5, length + 1)
        .split("\0")
        .filter((field) => field !== "")
        .map((field) => [field[0], field.slice(1)]),
    )
    const [text, sqlState] = [fields.get("M") ?? "no text", fields.get("C") ?? ""]
    return { text: printable(text), retryable: (meaningOfPoolerMessage(sqlState, text) ?? meaningOfSqlState(sqlState)).retryable }
  }
  const end = bytes.indexOf(0)
  if (end === -1 && bytes.length < LONGEST) return undefined
  return { text: printable(bytes.toString("utf8", 1, end === -1 ? undefined : end)), retryable: true }
}

/** For what an unauthenticated peer says, which may end on a terminal or in a log. */
export function withoutControls(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}]+/gu, " ").trim()
}

function printable(text: string): string {
  const clean = withoutControls(text)
  return clean.length > SHOWN ? `${clean.slice(0, SHOWN)}…` : clean
}
