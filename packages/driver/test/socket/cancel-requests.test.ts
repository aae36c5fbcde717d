import { once } from "node:events"
import { type AddressInfo, createServer } from "node:net"
import { expect, onTestFinished, test, vi } from "vitest"
import { cancelUntil } from "../../src/socket/exchange/cancel.ts"

const sleeps = vi.hoisted((): number[] => [])

vi.mock("node:timers/promises", async (original) => {
  const real = await original<typeof import("node:timers/promises")>()
  const recorded: typeof real.setTimeout = (ms, value, options) => {
    sleeps.push(ms!)
    return real.setTimeout(ms, value, options)
  }
  return { ...real, setTimeout: recorded }
})

/** Longer than the time in which a server's own close shows that it has processed the request, in ms. */
const LATER_MS = 30
const SECOND_SIGNAL_MS = 50

/** Takes each request and closes, as a server does, and a pooler that forwards the request later. */
async function cancelPlace(closed: () => void) {
  const server = createServer((socket) => {
    socket.once("data", () => socket.end())
    socket.once("close", closed)
    socket.on("error", () => {})
  })
  await once(server.listen(0, "127.0.0.1"), "listening")
  onTestFinished(() => void server.close())
  const { port } = server.address() as AddressInfo
  const target = { host: "127.0.0.1", port, user: "app", database: "app", encryption: "plain" }
  return { target: target as never, lookup: undefined, processId: 1, secretKey: Buffer.alloc(4) }
}

test("a query that ends later than the socket of its cancel request is given time for a second signal", async () => {
  const over = new AbortController()
  const place = await cancelPlace(() => void setTimeout(() => over.abort(), LATER_MS))
  sleeps.length = 0
  expect(await cancelUntil(over.signal, new AbortController().signal, place, true)).toEqual({ written: 1, answered: true })
  expect(sleeps).toContain(SECOND_SIGNAL_MS)
})

test("a query that does not end costs its connection at once: there is no next query for a second signal to meet", async () => {
  const never = new AbortController().signal
  sleeps.length = 0
  expect(await cancelUntil(never, never, await cancelPlace(() => {}), true)).toEqual({ written: 1, answered: true })
  expect(sleeps).not.toContain(SECOND_SIGNAL_MS)
})
