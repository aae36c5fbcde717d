import { Outbox } from "@pgsd/driver/socket"
import fc from "fast-check"
import { expect, test } from "vitest"

type Message = readonly [type: string, body: Buffer]

/** What was written, message by message. */
function written(write: (outbox: Outbox) => void): Message[] {
  const chunks: Buffer[] = []
  const outbox = new Outbox((bytes) => void chunks.push(bytes))
  write(outbox)
  outbox.post()
  const bytes = Buffer.concat(chunks)
  const messages: Message[] = []
  for (let at = 0; at < bytes.length; ) {
    const end = at + 1 + bytes.readUInt32BE(at + 1)
    messages.push([String.fromCharCode(bytes[at]!), bytes.subarray(at + 5, end)])
    at = end
  }
  return messages
}

// An independent encoder after the protocol's documentation.
const int16 = (value: number) => Buffer.from([(value >> 8) & 255, value & 255])
const int32 = (value: number) => Buffer.concat([int16(value >> 16), int16(value)])
const string = (text: string) => Buffer.from(`${text}\0`)
const value = (text: string | null) => (text === null ? int32(-1) : Buffer.concat([int32(Buffer.byteLength(text)), Buffer.from(text)]))
const bind = (portal: string, name: string, values: readonly (string | null)[], formats: readonly number[]) =>
  Buffer.concat([
    string(portal),
    string(name),
    int16(0),
    int16(values.length),
    ...values.map(value),
    int16(formats.length),
    ...formats.map(int16),
  ])

const text = fc.oneof(
  fc.string({ unit: "grapheme" }),
  fc.string({ unit: "grapheme-ascii", maxLength: 80 }),
  fc.constantFrom("", "é".repeat(1_999), "é".repeat(2_000), "x".repeat(16_384), "💙".repeat(9_000), "a".repeat(32), "a".repeat(33)),
)
const sql = text.filter((each) => !each.includes("\0"))
const statement = fc.record({
  name: fc.constantFrom("", "pgsd_1", "pgsd_12345"),
  sql,
  values: fc.array(fc.oneof(text, fc.constant(null)), { maxLength: 12 }),
  formats: fc.array(fc.constantFrom(0, 1), { maxLength: 5 }),
  portal: fc.constantFrom("", "pgsd_portal_1", "名"),
  rows: fc.integer({ min: 0, max: 2 ** 31 - 1 }),
})

test("encodes every message as the protocol specifies, for any content and buffer boundary", () => {
  fc.assert(
    fc.property(fc.array(statement, { maxLength: 12 }), (statements) => {
      const messages = written((outbox) => {
        for (const { name, sql, values, formats, portal, rows } of statements) {
          outbox.query(sql)
          outbox.close(name)
          outbox.parse(name, sql)
          outbox.bind(name, values, formats)
          outbox.describe()
          outbox.execute()
          outbox.bind(name, values, formats, portal)
          outbox.describe(portal)
          outbox.executePortal(portal, rows)
          outbox.closePortal(portal)
          outbox.sync()
        }
      })
      const expected = statements.flatMap(({ name, sql, values, formats, portal, rows }): Message[] => [
        ["Q", string(sql)],
        ["C", Buffer.concat([Buffer.from("S"), string(name)])],
        ["P", Buffer.concat([string(name), string(sql), int16(0)])],
        ["B", bind("", name, values, formats)],
        ["D", Buffer.from("P\0")],
        ["E", Buffer.concat([string(""), int32(0)])],
        ["S", Buffer.alloc(0)],
        ["B", bind(portal, name, values, formats)],
        ["D", Buffer.concat([Buffer.from("P"), string(portal)])],
        ["E", Buffer.concat([string(portal), int32(rows)])],
        ["C", Buffer.concat([Buffer.from("P"), string(portal)])],
        ["S", Buffer.alloc(0)],
      ])
      expect(messages.map(([type, body]) => [type, body.toString("hex")])).toEqual(
        expected.map(([type, body]) => [type, body.toString("hex")]),
      )
    }),
  )
})

test("a statement is one write, and written bytes are never modified", () => {
  const chunks: Buffer[] = []
  const outbox = new Outbox((bytes) => void chunks.push(bytes))
  const copies: string[] = []
  for (let round = 0; round < 2_000; round++) {
    outbox.parse("", `SELECT ${round}`)
    outbox.bind("", [String(round)])
    outbox.describe()
    outbox.execute()
    outbox.post()
    copies.push(chunks.at(-1)!.toString("latin1"))
  }
  expect(chunks.map((bytes) => bytes.toString("latin1"))).toEqual(copies)
  // When a buffer was full, the statement had begun in the old one.
  expect(chunks.length).toBeGreaterThanOrEqual(2_000)
  expect(chunks.length).toBeLessThan(2_020)
})

test("a statement with 65,535 parameters", () => {
  const values = Array.from({ length: 65_535 }, (_, at) => (at % 3 === 0 ? null : String(at)))
  const [[type, body]] = written((outbox) => outbox.bind("", values)) as [Message]
  expect([type, body.readUInt16BE(4)]).toEqual(["B", 65_535])
})
