import { connect } from "node:net"
import { faultProxy } from "@pgsd/testing/proxy"
import { expect, test } from "vitest"
import { dialPort, echoServer, heardServer } from "./support/echo-server.ts"

async function withProxy<T>(
  work: (set: { proxy: Awaited<ReturnType<typeof faultProxy>>; echo: Awaited<ReturnType<typeof echoServer>> }) => Promise<T>,
) {
  await using echo = await echoServer()
  await using proxy = await faultProxy(echo)
  return await work({ proxy, echo })
}

/** Long enough for bytes to arrive over loopback. */
const quiet = () => new Promise((resolve) => setTimeout(resolve, 100))

function refusal(port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ host: "127.0.0.1", port })
    socket.on("error", (error: NodeJS.ErrnoException) => resolve(error.code))
    socket.on("connect", () => {
      socket.destroy()
      resolve(undefined)
    })
  })
}

test("a proxy without faults forwards bytes and half-closes, and counts", async () => {
  await withProxy(async ({ proxy }) => {
    const client = await dialPort(proxy.port)
    await client.ask("hello")
    await client.ask("again")
    expect(proxy).toMatchObject({ connections: 1, accepted: 1, roundTrips: 2, bytesToServer: 10, bytesToClient: 10 })
    client.socket.end("bye")
    expect(await client.closed()).toEqual(["end", "close"])
    expect(client.text).toBe("helloagainbye")
    await expect.poll(() => proxy.connections).toBe(0)
    expect(proxy.traffic).toEqual([{ id: 1, open: false, roundTrips: 3, bytesToServer: 13, bytesToClient: 13 }])
  })
})

test("it keeps a thousand ended connections, and totals for all", async () => {
  await withProxy(async ({ proxy }) => {
    const first = await dialPort(proxy.port)
    await first.ask("hello")
    first.socket.destroy()
    await expect.poll(() => proxy.connections).toBe(0)
    proxy.acceptThenClose()
    for (let count = 0; count < 1_000; count++) await refusal(proxy.port)
    expect(proxy).toMatchObject({ accepted: 1_001, roundTrips: 1, bytesToServer: 5, bytesToClient: 5 })
    expect(proxy.traffic.map((each) => each.id)).toEqual(Array.from({ length: 1_000 }, (_, index) => index + 2))
  })
})

test("bytes sent without waiting for an answer are one round trip", async () => {
  await withProxy(async ({ proxy }) => {
    proxy.latency(40)
    const client = await dialPort(proxy.port)
    client.socket.setNoDelay(true)
    client.socket.write("one")
    await new Promise((resolve) => setImmediate(resolve))
    await client.ask("two")
    await client.ask("three")
    expect(proxy.roundTrips).toBe(2)
  })
})

test("a large stream arrives complete and in order despite latency", async () => {
  await withProxy(async ({ proxy }) => {
    proxy.latency(10)
    const client = await dialPort(proxy.port)
    const text = Array.from({ length: 200_000 }, (_, index) => String.fromCharCode(33 + (index % 90)))
      .join("")
      .repeat(40)
    await client.ask(text)
    expect(client.text === text).toBe(true)
  })
})

test("cut() closes every open connection, and new ones work", async () => {
  await withProxy(async ({ proxy, echo }) => {
    const client = await dialPort(proxy.port)
    await client.ask("x")
    proxy.cut()
    expect(await client.closed()).toEqual(["end", "close"])
    await expect.poll(() => echo.sockets.size).toBe(0)
    await (await dialPort(proxy.port)).ask("y")
  })
})

test("reset() sends RST to both sides", async () => {
  await withProxy(async ({ proxy, echo }) => {
    const client = await dialPort(proxy.port)
    await client.ask("x")
    proxy.reset()
    expect(await client.closed()).toEqual(["ECONNRESET", "close"])
    await expect.poll(() => echo.sockets.size).toBe(0)
  })
})

test("cutAfterBytes(n) forwards exactly n bytes, on open and on new connections", async () => {
  await withProxy(async ({ proxy }) => {
    const open = await dialPort(proxy.port)
    await open.ask("before")
    proxy.cutAfterBytes(15) // ten to the server, five back
    const fresh = await dialPort(proxy.port)
    for (const client of [open, fresh]) {
      const had = client.text.length
      client.socket.write("0123456789")
      expect(await client.closed()).toContain("close")
      expect(client.text.slice(had)).toBe("01234")
    }
  })
})

test("blackholeAfterBytes(n) forwards exactly n bytes, and closes nothing", async () => {
  await withProxy(async ({ proxy, echo }) => {
    const open = await dialPort(proxy.port)
    await open.ask("before")
    proxy.blackholeAfterBytes(15) // ten to the server, five back
    const fresh = await dialPort(proxy.port)
    for (const client of [open, fresh]) {
      const had = client.text.length
      client.socket.write("0123456789")
      await expect.poll(() => client.text.slice(had)).toBe("01234")
      client.socket.write("more")
    }
    await quiet()
    expect([open.seen, fresh.seen, open.text.slice(6), fresh.text, echo.sockets.size]).toEqual([[], [], "01234", "01234", 2])
    // Both have lost bytes.
    await proxy.pass()
    open.socket.write("x")
    await quiet()
    expect(open.text.slice(6)).toBe("01234")
  })
})

test("forwardLate() closes new connections at their first bytes, which reach the server later or never", async () => {
  await using server = await heardServer()
  await using proxy = await faultProxy(server)
  proxy.forwardLate(Number.POSITIVE_INFINITY)
  const unheard = await dialPort(proxy.port)
  unheard.socket.write("never")
  expect(await unheard.closed()).toEqual(["end", "close"])
  proxy.forwardLate(80)
  const late = await dialPort(proxy.port)
  const began = performance.now()
  late.socket.write("late")
  expect(await late.closed()).toEqual(["end", "close"])
  expect(server.received).toEqual([])
  await expect.poll(() => server.received).toEqual(["late"])
  expect(performance.now() - began).toBeGreaterThan(75)
  await expect.poll(() => proxy.connections).toBe(0)
  const dropped = await dialPort(proxy.port)
  dropped.socket.write("dropped")
  await dropped.closed()
  await proxy.close()
  await quiet()
  expect(server.received).toEqual(["late"])
})

test("blackholeOpen() drops both directions, FIN included, while new connections work", async () => {
  await withProxy(async ({ proxy, echo }) => {
    const client = await dialPort(proxy.port)
    await client.ask("x")
    proxy.blackholeOpen()
    client.socket.write("lost")
    for (const socket of echo.sockets) socket.write("unheard")
    await (await dialPort(proxy.port)).ask("y")
    client.socket.end()
    await quiet()
    expect({ text: client.text, seen: client.seen, server: echo.sockets.size }).toEqual({ text: "x", seen: [], server: 2 })
    client.socket.destroy()
  })
})

test("after pass() a connection that lost nothing works again; one that lost bytes stays dead", async () => {
  await withProxy(async ({ proxy }) => {
    const [unhurt, hurt] = [await dialPort(proxy.port), await dialPort(proxy.port)]
    await unhurt.ask("a")
    await hurt.ask("b")
    proxy.blackholeOpen()
    hurt.socket.write("lost")
    await expect.poll(() => proxy.bytesToServer).toBe(6)
    await proxy.pass()
    await unhurt.ask("c")
    hurt.socket.write("more")
    await quiet()
    expect([unhurt.text, hurt.text]).toEqual(["ac", "b"])
    hurt.socket.destroy()
    unhurt.socket.destroy()
  })
})

test("blackholeNew() accepts and never answers; nothing reaches the server", async () => {
  await withProxy(async ({ proxy, echo }) => {
    const old = await dialPort(proxy.port)
    await old.ask("x")
    proxy.blackholeNew()
    const client = await dialPort(proxy.port)
    client.socket.write("hello?")
    await quiet()
    expect({ text: client.text, seen: client.seen, server: echo.sockets.size, open: proxy.connections }).toEqual({
      text: "",
      seen: [],
      server: 1,
      open: 2,
    })
    await old.ask("still there")
    await proxy.pass()
    await (await dialPort(proxy.port)).ask("healed")
    proxy.cut()
    expect(await client.closed()).toContain("close")
  })
})

test("refuse() gives ECONNREFUSED, leaves open connections alone, and listen() takes the same port again", async () => {
  await withProxy(async ({ proxy }) => {
    const old = await dialPort(proxy.port)
    await old.ask("x")
    const { port } = proxy
    await proxy.refuse()
    expect(await refusal(port)).toBe("ECONNREFUSED")
    await old.ask("y")
    await proxy.listen()
    expect(proxy.port).toBe(port)
    await (await dialPort(port)).ask("z")
    await proxy.refuse()
    await proxy.pass()
    await (await dialPort(port)).ask("pass() listens as well")
  })
})

test("acceptThenClose() and acceptThenReset() end new connections at once", async () => {
  await withProxy(async ({ proxy, echo }) => {
    proxy.acceptThenClose()
    expect(await (await dialPort(proxy.port)).closed()).toEqual(["end", "close"])
    proxy.acceptThenReset()
    const seen: string[] = []
    const socket = connect({ host: "127.0.0.1", port: proxy.port })
    socket.on("error", (error: NodeJS.ErrnoException) => seen.push(error.code ?? ""))
    await new Promise((resolve) => socket.once("close", resolve))
    expect(seen).toEqual(["ECONNRESET"])
    expect([echo.sockets.size, proxy.accepted, proxy.connections]).toEqual([0, 2, 0])
  })
})

test("delayFirstByte() delays the first answer of a connection and no other", async () => {
  await withProxy(async ({ proxy }) => {
    proxy.delayFirstByte(400)
    const client = await dialPort(proxy.port)
    expect(await client.ask("first")).toBeGreaterThanOrEqual(399)
    expect(await client.ask("second")).toBeLessThan(300)
  })
})

test("latency() adds to each round trip, once for pipelined requests", async () => {
  await withProxy(async ({ proxy }) => {
    const client = await dialPort(proxy.port)
    proxy.latency(200)
    const one = await client.ask("x")
    expect(one).toBeGreaterThanOrEqual(199)
    const start = performance.now()
    for (let index = 0; index < 10; index++) client.socket.write(String(index))
    await client.ask("!")
    expect(performance.now() - start).toBeLessThan(1_000)
    expect(client.text).toBe("x0123456789!")
    proxy.latency(0)
    expect(await client.ask("y")).toBeLessThan(150)
  })
})

test("throttle() limits bytes per second", async () => {
  await withProxy(async ({ proxy }) => {
    proxy.throttle(5_000)
    const client = await dialPort(proxy.port)
    expect(await client.ask("x".repeat(2_000))).toBeGreaterThan(390)
    proxy.throttle(Number.POSITIVE_INFINITY)
    expect(await client.ask("x".repeat(2_000))).toBeLessThan(300)
  })
})

test("halfOpen() drops the server's side without notifying the client", async () => {
  await withProxy(async ({ proxy, echo }) => {
    const client = await dialPort(proxy.port)
    await client.ask("x")
    proxy.halfOpen()
    await expect.poll(() => echo.sockets.size).toBe(0)
    client.socket.write("hello?")
    await quiet()
    expect({ text: client.text, seen: client.seen, open: proxy.connections }).toEqual({ text: "x", seen: [], open: 1 })
    // Such a client waits in vain; once the fault is over, its connection is gone.
    client.socket.end()
    await quiet()
    expect(client.seen).toEqual([])
    await proxy.pass()
    expect(await client.closed()).toContain("close")
    expect(proxy.connections).toBe(0)
  })
})

test('halfOpen("client") drops the client without notifying the server', async () => {
  await withProxy(async ({ proxy, echo }) => {
    const client = await dialPort(proxy.port)
    await client.ask("x")
    proxy.halfOpen("client")
    expect(await client.closed()).toContain("close")
    await quiet()
    expect(echo.sockets.size).toBe(1)
    await proxy.pass()
    await expect.poll(() => echo.sockets.size).toBe(0)
  })
})

test('halfOpen("neither") hides the end of either side', async () => {
  await withProxy(async ({ proxy, echo }) => {
    const client = await dialPort(proxy.port)
    await client.ask("x")
    proxy.halfOpen("neither")
    await client.ask("y")
    for (const socket of echo.sockets) socket.destroy()
    await quiet()
    expect(client.seen).toEqual([])
    client.socket.destroy()
  })
})

test("an unavailable server is a reset for the client, and the proxy continues", async () => {
  await using proxy = await faultProxy({ host: "127.0.0.1", port: 1 })
  const client = await dialPort(proxy.port)
  expect(await client.closed()).toEqual(["ECONNRESET", "close"])
  expect([proxy.accepted, proxy.connections]).toEqual([1, 0])
})

test("close() ends everything, settles, may be called twice, and frees the port", async () => {
  await using echo = await echoServer()
  const proxy = await faultProxy(echo)
  const client = await dialPort(proxy.port)
  await client.ask("x")
  proxy.blackholeOpen()
  proxy.latency(60_000)
  client.socket.write("stuck")
  await proxy.close()
  await proxy.close()
  expect(await client.closed()).toContain("close")
  expect(await refusal(proxy.port)).toBe("ECONNREFUSED")
  await expect(proxy.listen()).rejects.toMatchObject({ code: "PGSD_PROXY_CLOSED" })
})

test("an invalid upstream and invalid numbers are refused", async () => {
  await expect(faultProxy({ host: "127.0.0.1" } as never)).rejects.toMatchObject({ code: "PGSD_INVALID_OPTION" })
  await withProxy(async ({ proxy }) => {
    expect(() => proxy.latency(-1)).toThrow("latency() needs a number from 0 up")
    expect(() => proxy.throttle(0)).toThrow("throttle() needs a number from 1 up")
  })
})
