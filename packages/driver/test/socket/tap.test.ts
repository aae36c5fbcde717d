import { describe, expect, test } from "vitest"
import { Tap, type TapListener } from "../../src/socket/protocol/tap.ts"
import {
  authentication,
  backendKeyData,
  commandComplete,
  dataRow,
  failure,
  int16,
  int32,
  message,
  notification,
  parameterStatus,
  ready,
  rowDescription,
} from "../support/backend-messages.ts"

/** A tap and everything it reported. */
function tapped(): { readonly tap: Tap; readonly reported: unknown[][] } {
  const reported: unknown[][] = []
  const listener = new Proxy({} as TapListener, {
    get:
      (_, name) =>
      (...values: unknown[]) => {
        reported.push([name, ...values.map((value) => (Buffer.isBuffer(value) ? value.toString("hex") : value))])
      },
  })
  return { tap: new Tap(listener), reported }
}

const SESSION = Buffer.concat([
  authentication(10, "SCRAM-SHA-256\0\0"),
  message("v", int32(196_608), int32(1), "_pq_.x\0"),
  authentication(0),
  parameterStatus("server_version", "18.0"),
  backendKeyData(4711, -2),
  ready(),
  rowDescription(["a", 23], ["naïve", 25]),
  dataRow("1", null),
  dataRow("x".repeat(300), ""),
  commandComplete("SELECT 2"),
  failure({ S: "HINWEIS", V: "NOTICE", C: "00000", M: "hello", D: "more", H: "less" }, "N"),
  message("1"),
  message("2"),
  message("n"),
  message("t", int16(1), int32(23)),
  message("G", Buffer.from([0]), int16(0)),
  message("H", Buffer.from([0]), int16(0)),
  message("d", "Z\0\0\0\x05I not a message"),
  message("c"),
  failure({ S: "FEHLER", V: "ERROR", C: "42703", M: "ünknown", P: "8", n: "the_constraint" }),
  ready("E"),
  message("I"),
  message("s"),
  ready("T"),
  notification(7, "channel", "payload"),
])

const REPORTED = [
  ["authentication", 10, Buffer.from("SCRAM-SHA-256\0\0").toString("hex")],
  ["negotiateProtocolVersion", 196_608, 1],
  ["authentication", 0, ""],
  ["parameterStatus", "server_version", "18.0"],
  ["backendKeyData", 4711, "fffffffe"],
  ["readyForQuery", "idle"],
  ["commandComplete", "SELECT 2"],
  ["notice", { severity: "NOTICE", sqlState: "00000", message: "hello", detail: "more", hint: "less" }],
  ["bindComplete"],
  ["copyStarted", "in"],
  ["copyStarted", "out"],
  ["error", { severity: "ERROR", sqlState: "42703", message: "ünknown", position: 8, constraint: "the_constraint" }],
  ["readyForQuery", "failed"],
  ["commandComplete", ""],
  ["portalSuspended"],
  ["readyForQuery", "transaction"],
  ["notification", { channel: "channel", payload: "payload", processId: 7 }],
]

describe("framing", () => {
  test("reports the server's messages, without row data", () => {
    const { tap, reported } = tapped()
    tap.read(SESSION)
    expect(reported).toEqual(REPORTED)
  })

  test("reports the same however the bytes are split", () => {
    for (let size = 1; size < 40; size++) {
      const { tap, reported } = tapped()
      for (let at = 0; at < SESSION.length; at += size) tap.read(SESSION.subarray(at, at + size))
      expect(reported, `in chunks of ${size}`).toEqual(REPORTED)
    }
    for (let cut = 0; cut <= SESSION.length; cut++) {
      const { tap, reported } = tapped()
      tap.read(SESSION.subarray(0, cut))
      tap.read(SESSION.subarray(cut))
      expect(reported, `cut at ${cut}`).toEqual(REPORTED)
    }
  })

  test("reports the same when the driver behind it writes into the chunks, as pg's parser does", () => {
    for (let size = 1; size < 40; size++) {
      const { tap, reported } = tapped()
      for (let at = 0; at < SESSION.length; at += size) {
        const chunk = Buffer.from(SESSION.subarray(at, at + size))
        tap.read(chunk)
        chunk.fill(0xff)
      }
      expect(reported, `in chunks of ${size}`).toEqual(REPORTED)
    }
  })

  test("passes descriptions and rows to the reader, complete, in order, however the bytes are split", () => {
    const body = (bytes: Buffer) => bytes.subarray(5).toString("hex")
    const expected = [
      ["rowDescription", body(rowDescription(["a", 23], ["naïve", 25]))],
      ["dataRow", body(dataRow("1", null))],
      ["dataRow", body(dataRow("x".repeat(300), ""))],
    ]
    for (let size = 1; size < SESSION.length; size = size < 40 ? size + 1 : 2 * size) {
      const { tap, reported } = tapped()
      const rows: unknown[][] = []
      const keep = (name: string) => (bytes: Buffer, start: number, end: number) =>
        void rows.push([name, bytes.toString("hex", start, end)])
      tap.rows = { rowDescription: keep("rowDescription"), dataRow: keep("dataRow") }
      for (let at = 0; at < SESSION.length; at += size) tap.read(SESSION.subarray(at, at + size))
      expect([rows, reported], `in chunks of ${size}`).toEqual([expected, REPORTED])
    }
  })

  test("an old server's error without the non-localised severity keeps the localised one", () => {
    const { tap, reported } = tapped()
    tap.read(failure({ S: "FATAL", C: "57P01", M: "bye" }))
    expect(reported).toEqual([["error", { severity: "FATAL", sqlState: "57P01", message: "bye" }]])
  })
})

describe("refuses what no PostgreSQL sends", () => {
  const oneField = rowDescription(["a", 23])
  test.each([
    ["an unknown type", message("?", "")],
    ["a length shorter than itself", Buffer.from([0x5a, 0, 0, 0, 3, 0x49])],
    ["a short message that says it is long", Buffer.from([0x53, 0, 1, 0, 0])],
    ["a RowDescription with fewer fields than it says", message("T", int16(2), oneField.subarray(7))],
    ["a RowDescription with more bytes than fields", message("T", int16(0), oneField.subarray(7))],
    ["a RowDescription whose name never ends", message("T", int16(1), "aaaa")],
    ["a RowDescription without a count", message("T", "")],
    ["a ReadyForQuery with an unknown status", message("Z", "X")],
    ["a ReadyForQuery without a status", message("Z")],
    ["an error that is truncated", message("E", "SERROR\0")],
    ["a parameter without a value", message("S", "name\0")],
    ["a command tag without an end", message("C", "SELECT 1")],
    ["half a key", message("K", int32(1))],
    ["an authentication request without a kind", message("R", "")],
    ["a notification without a payload", message("A", int32(1), "channel\0")],
    ["half a negotiation of the protocol", message("v", int32(196_610))],
  ])("%s", (_, bytes) => {
    expect(() => tapped().tap.read(bytes)).toThrow(expect.objectContaining({ name: "ProtocolViolation" }))
    // The same when it arrives later; what follows must not hide it.
    const { tap } = tapped()
    expect(() => {
      for (const byte of Buffer.concat([bytes, ready()])) tap.read(Buffer.from([byte]))
    }).toThrow(expect.objectContaining({ name: "ProtocolViolation" }))
  })
})
