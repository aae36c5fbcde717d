import { once } from "node:events"
import { type AddressInfo, createServer } from "node:net"
import { expect, onTestFinished, test, vi } from "vitest"
import { cancelUntil, signalsTwice } from "../../src/socket/exchange/cancel.ts"

const sleeps = vi.hoisted((): number[] => [])

vi.mock("node:timers/promises", async (original) => {
  const real = await original<typeof import("node:timers/promises")>()
  const recorded: typeof real.setTimeout = (ms, value, options) => {
    sleeps.push(ms!)
    return real.setTimeout(ms, value, options)
  }
  return { ...real, setTimeout: recorded }
})

const SECOND_SIGNAL_MS = 50

/** Takes each request and closes, as a server does, and a pooler that forwards the request later. */
async function cancelPlace(closed: () => void, twice = true) {
  const server = createServer((socket) => {
    socket.once("data", () => socket.end())
    socket.once("close", closed)
    socket.on("error", () => {})
  })
  await once(server.listen(0, "127.0.0.1"), "listening")
  onTestFinished(() => void server.close())
  const { port } = server.address() as AddressInfo
  const target = { host: "127.0.0.1", port, user: "app", database: "app", encryption: "plain" }
  return { target: target as never, lookup: undefined, processId: 1, secretKey: Buffer.alloc(4), signalsTwice: twice }
}

test.each([true, false])("after a query that has ended there is time for a second signal, if the server sends one: %s", async (twice) => {
  for (const delayMs of [0, 30]) {
    const over = new AbortController()
    const place = await cancelPlace(() => void setTimeout(() => over.abort(), delayMs), twice)
    sleeps.length = 0
    expect(await cancelUntil(over.signal, new AbortController().signal, place, true)).toEqual({ written: 1, answered: true })
    expect(sleeps.includes(SECOND_SIGNAL_MS)).toBe(twice)
  }
})

test.each([
  ["12.22", true],
  ["17.6 (Debian 17.6-1)", true],
  ["18.0", false],
  ["19beta1", false],
  ["", true],
  [undefined, true],
])("server_version %s: signals twice: %s", (version, twice) => {
  expect(signalsTwice(version)).toBe(twice)
})

test("a query that does not end costs its connection at once: there is no next query for a second signal to meet", async () => {
  const never = new AbortController().signal
  sleeps.length = 0
  // A timer that fires a moment early leaves time for another request.
  expect(await cancelUntil(never, never, await cancelPlace(() => {}), true)).toMatchObject({ answered: true })
  expect(sleeps).not.toContain(SECOND_SIGNAL_MS)
})
