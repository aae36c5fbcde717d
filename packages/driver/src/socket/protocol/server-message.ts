import type { ServerError } from "../../classify.ts"
import type { Notice, Notification } from "../../contract.ts"
import { ProtocolViolation } from "./protocol-violation.ts"

const FIELDS: Readonly<Record<string, string>> = {
  C: "sqlState",
  M: "message",
  D: "detail",
  H: "hint",
  P: "position",
  q: "internalQuery",
  W: "where",
  s: "schema",
  t: "table",
  c: "column",
  d: "dataType",
  n: "constraint",
  F: "file",
  L: "line",
  R: "routine",
}

/** The fields of an ErrorResponse. The severity is the one that is never localised, if sent (V, PostgreSQL 9.6 and newer). */
export function readError(bytes: Buffer, start: number, end: number): ServerError & { readonly severity: string } {
  const fields = readFields(bytes, start, end)
  const named: Record<string, string | number> = {}
  for (const [code, value] of fields) {
    const name = FIELDS[code]
    if (name !== undefined) named[name] = code === "P" ? Number(value) : value
  }
  return {
    ...named,
    severity: fields.get("V") ?? fields.get("S") ?? "ERROR",
    sqlState: sqlStateOf(fields.get("C")),
    message: fields.get("M") ?? "the server sent an error without a message",
  }
}

/** Five characters of [0-9A-Z]; anything else becomes internal_error, so that it cannot reach a terminal. */
function sqlStateOf(text: string | undefined): string {
  return text !== undefined && /^[0-9A-Z]{5}$/.test(text) ? text : "XX000"
}

export function readNotice(bytes: Buffer, start: number, end: number): Notice {
  const { severity, sqlState, message, detail, hint } = readError(bytes, start, end)
  return { severity, sqlState, message, ...(detail === undefined ? {} : { detail }), ...(hint === undefined ? {} : { hint }) }
}

export function readNotification(bytes: Buffer, start: number, end: number): Notification {
  if (end - start < 6) throw new ProtocolViolation("a NotificationResponse is truncated")
  const channel = readText(bytes, start + 4, end)
  const payload = readText(bytes, channel.next, end)
  return { channel: channel.text, payload: payload.text, processId: bytes.readInt32BE(start) }
}

export function readParameterStatus(bytes: Buffer, start: number, end: number): readonly [name: string, value: string] {
  const name = readText(bytes, start, end)
  return [name.text, readText(bytes, name.next, end).text]
}

/** Checks only the shape: a truncated description sends postgres.js into an endless loop. */
export function checkRowDescription(bytes: Buffer, start: number, end: number): void {
  if (end - start < 2) throw new ProtocolViolation("a RowDescription is truncated")
  let at = start + 2
  for (let left = bytes.readUInt16BE(start); left > 0; left--) {
    const terminator = bytes.indexOf(0, at)
    at = terminator + 19
    if (terminator < 0 || at > end) throw new ProtocolViolation("a RowDescription is truncated")
  }
  if (at !== end) throw new ProtocolViolation("a RowDescription is longer than its fields")
}

function readFields(bytes: Buffer, start: number, end: number): Map<string, string> {
  const fields = new Map<string, string>()
  let at = start
  while (at < end && bytes[at] !== 0) {
    const { text, next } = readText(bytes, at + 1, end)
    fields.set(String.fromCharCode(bytes[at]!), text)
    at = next
  }
  if (at !== end - 1) throw new ProtocolViolation("an ErrorResponse or NoticeResponse is truncated")
  return fields
}

function readText(bytes: Buffer, start: number, end: number): { readonly text: string; readonly next: number } {
  const terminator = bytes.indexOf(0, start)
  if (terminator < 0 || terminator >= end) throw new ProtocolViolation("a string is not terminated")
  return { text: bytes.toString("utf8", start, terminator), next: terminator + 1 }
}
