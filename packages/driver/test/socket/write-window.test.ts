import fc from "fast-check"
import { expect, test } from "vitest"
import { WriteWindow } from "../../src/socket/protocol/write-window.ts"

/** A window and what passed through it, as text. */
function opened() {
  const writes: string[] = []
  const callbacks: unknown[] = []
  const window = new WriteWindow({
    write: (bytes: unknown, callback?: unknown) => {
      writes.push(String(bytes))
      if (callback !== undefined) callbacks.push(callback)
      return false
    },
  })
  const say = (text: string) => {
    window.statement()
    return window.write(Buffer.from(text))
  }
  return { window, writes, callbacks, say }
}

/** The end of this turn of the event loop. */
const turn = () => new Promise<void>((resolve) => setImmediate(resolve))

test("writes of one turn leave in that turn, in one write", async () => {
  const { writes, say } = opened()
  expect(say("a")).toBe(true)
  say("b")
  expect(writes).toEqual([])
  await turn()
  expect(writes).toEqual(["ab"])
})

test("with 8 statements in flight further ones are held back until there are fewer", async () => {
  const { window, writes, say } = opened()
  for (const text of "12345678") say(text)
  await turn()
  for (const text of "abc") {
    say(text)
    await turn()
  }
  expect(writes).toEqual(["12345678"])
  window.answered()
  await turn()
  expect(writes).toEqual(["12345678", "abc"])
})

test("16 statements are not held back", async () => {
  const { writes, say } = opened()
  for (const text of "12345678") say(text)
  await turn()
  for (const text of "abcdefghijklmno") say(text)
  await turn()
  expect(writes.length).toBe(1)
  say("p")
  await turn()
  expect(writes).toEqual(["12345678", "abcdefghijklmnop"])
})

test("large writes leave at once, and writes with a callback behind those held back", async () => {
  const { window, writes, callbacks, say } = opened()
  for (const text of "12345678") say(text)
  await turn()
  say("a")
  const callback = () => {}
  expect(window.write(Buffer.from("b"), callback)).toBe(false)
  expect([writes, callbacks]).toEqual([["12345678", "ab"], [callback]])
  say("c")
  expect(window.write(Buffer.alloc(65_536, "x"))).toBe(false)
  expect(writes[2]).toBe(`c${"x".repeat(65_536)}`)
})

test("flush sends what is held back, once", async () => {
  const { window, writes, say } = opened()
  say("a")
  window.flush()
  window.flush()
  await turn()
  expect(writes).toEqual(["a"])
})

test("for any order of writes and answers: nothing is lost, reordered, or held back while the server is idle", async () => {
  const step = fc.constantFrom("say", "say", "answer", "answer", "turn")
  await fc.assert(
    fc.asyncProperty(fc.array(step, { size: "large", maxLength: 150 }), async (steps) => {
      const { window, writes, say } = opened()
      let said = 0
      let answers = 0
      for (const step of steps) {
        const sent = writes.join("").length
        if (step === "say") {
          say(String.fromCharCode(97 + (said % 26)))
          said++
        } else if (step === "answer" && answers < sent) {
          window.answered()
          answers++
        } else if (step === "turn") {
          await turn()
          const left = writes.join("").length
          expect(said - left).toBeLessThan(16)
          if (said > left) expect(left - answers).toBeGreaterThanOrEqual(8)
        }
      }
      const all = Array.from({ length: said }, (_, at) => String.fromCharCode(97 + (at % 26))).join("")
      expect(all.startsWith(writes.join(""))).toBe(true)
    }),
  )
})
