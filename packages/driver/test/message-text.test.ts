import { expect, test } from "vitest"
import { messageText, messageTexts } from "../src/adapter/message-text.ts"
import { Outbox } from "../src/socket/protocol/outbox.ts"

function written(write: (out: Outbox) => void): Buffer {
  const chunks: Buffer[] = []
  const out = new Outbox((bytes) => chunks.push(bytes))
  write(out)
  out.post()
  return Buffer.concat(chunks)
}

const CHAIN = written((out) => {
  out.parse("a name", "ROLLBACK AND CHAIN")
  out.bind("a name", [])
  out.execute()
  out.query("SELECT 'é'")
})

test("the text of a Query or a Parse, wherever it stands", () => {
  expect(messageText(CHAIN)).toBe("ROLLBACK AND CHAIN")
  expect(messageText(CHAIN, CHAIN.indexOf("Q"))).toBe("SELECT 'é'")
  expect(messageText(new Uint8Array(CHAIN))).toBe("ROLLBACK AND CHAIN")
  expect(messageTexts(CHAIN)).toBe("ROLLBACK AND CHAIN;\nSELECT 'é'")
})

test.each([
  ["another message", written((out) => out.sync())],
  ["a part of one", CHAIN.subarray(0, 20)],
  ["a part of a header", CHAIN.subarray(0, 3)],
  ["nothing", Buffer.alloc(0)],
  ["a length that is none", Buffer.from([0x58, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0])],
])("%s has none", (_, bytes) => {
  expect(messageText(bytes)).toBeUndefined()
  expect(messageTexts(bytes)).toBeUndefined()
})
