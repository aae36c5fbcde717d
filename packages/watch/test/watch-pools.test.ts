import { once } from "node:events"
import { request } from "node:http"
import { connect } from "node:net"
import { createConnectionPool, type PoolSettings } from "@pgsd/pool"
import { fakeDriver } from "@pgsd/testing"
import { describe, expect, onTestFinished, test } from "vitest"
import { type PoolWatch, watchPools } from "../src/index.ts"
import type { Update } from "../src/update.ts"

/** Before any page was opened. */
const GLOBALS = { Request: globalThis.Request, Response: globalThis.Response }

async function watched(settings: PoolSettings = {}) {
  const driver = fakeDriver()
  const pool = createConnectionPool({ driver, label: "shop", ...settings })
  const watch = await watchPools([pool])
  onTestFinished(async () => {
    await watch.close()
    await pool.close()
  })
  return { driver, pool, watch }
}

describe("the page", () => {
  test("consists of the page and its files, at an address with a token", async () => {
    const { watch } = await watched()
    expect(watch.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/[\w-]{24}\/$/)
    for (const [name, type, text] of [
      ["", "text/html", "<title>pgsd watch</title>"],
      ["watch.css", "text/css", "color-scheme"],
      ["watch.js", "text/javascript", "EventSource"],
      ["chart.js", "text/javascript", "uPlot"],
      ["uplot.js", "text/javascript", "uPlot"],
      ["uplot.css", "text/css", ".uplot"],
    ] as const) {
      const answer = await get(watch, name)
      expect([name, answer.status, answer.type]).toEqual([name, 200, `${type}; charset=utf-8`])
      expect(answer.body).toContain(text)
    }
    expect((await get(watch, "nothing")).status).toBe(404)
  })

  test("is refused without the token, under another host name, from another site, and for other methods than GET and HEAD", async () => {
    const { watch } = await watched()
    const { port } = new URL(watch.url)
    const refused = async (options: GetOptions) => {
      const { status, body } = await get(watch, "", options)
      return `${status} ${body.trim()}`
    }
    expect(await refused({ path: "/" })).toBe("403 the address lacks the token that was printed with it")
    expect(await refused({ path: `/${"x".repeat(24)}/` })).toBe("403 the address lacks the token that was printed with it")
    for (const host of ["evil.example.com", `evil.example.com:${port}`, "127.0.0.1", `127.0.0.1.evil.example.com:${port}`])
      expect(await refused({ headers: { host } })).toBe("403 the Host header names another machine")
    expect(await refused({ headers: { "sec-fetch-site": "cross-site" } })).toBe("403 the request comes from another site")
    expect(await refused({ method: "POST" })).toBe("405 only GET and HEAD are allowed")
    expect((await get(watch, "", { headers: { host: `localhost:${port}` } })).status).toBe(200)
  })

  test("allows only its own files, and no framing", async () => {
    const { watch } = await watched()
    for (const path of ["", "events-that-are-none", "watch.js"]) {
      const { headers } = await get(watch, path)
      expect(headers["content-security-policy"]).toContain("default-src 'none'")
      expect(headers["content-security-policy"]).toContain("frame-ancestors 'none'")
      expect(headers["content-security-policy"]).not.toContain("unsafe")
      expect(headers).toMatchObject({ "referrer-policy": "no-referrer", "x-content-type-options": "nosniff", "cache-control": "no-store" })
    }
  })
})

describe("the events", () => {
  test("begin with the history, and continue with new entries", async () => {
    const { driver, pool, watch } = await watched()
    driver.answer("select broken", { error: { sqlState: "42601", message: "syntax error" } })
    await pool.query("select 1")
    await pool.query("select broken").catch(() => {})
    await using events = openEvents(watch)
    const seen = await events.until(({ pools }) => pools[0]!.occurrences.some(({ kind }) => kind === "query-error"))
    expect(seen.pools[0]).toMatchObject({ label: "shop", stats: { total: 1, acquired: 2 } })
    expect(seen.pools[0]!.occurrences.map(({ kind }) => kind)).toEqual(["connect", "query-error"])
    expect(seen.pools[0]!.occurrences[1]).toMatchObject({ sql: "select broken", failure: { sqlState: "42601" } })
    driver.connections[0]!.kill()
    const lost = await events.until(({ pools }) => pools[0]!.occurrences.some(({ kind }) => kind === "lost"))
    expect(lost.pools[0]!.occurrences[0]).toMatchObject({ text: "lost backend 1", failure: { code: "PGSD_CONNECTION_LOST" } })
    const healthy = await events.until(({ pools }) => pools[0]!.health !== undefined)
    expect(healthy.pools[0]!.health).toMatchObject({ healthy: true })
  })

  test("are each pool's own, whatever its label is and becomes", async () => {
    const driver = fakeDriver({ supports: { network: true } })
    driver.answer("select broken", { error: { sqlState: "42601", message: "syntax error" } })
    const connection = async () => ({ host: "db.example", user: "app", database: "shop" })
    const lookup = (_name: string, _options: unknown, found: (error: null, addresses: string) => void) => found(null, "127.0.0.1")
    const [one, other] = [0, 1].map(() => createConnectionPool({ driver, connection, opening: { lookup: lookup as never } }))
    const watch = await watchPools([one!, other!])
    onTestFinished(async () => {
      await watch.close()
      await Promise.all([one!.close(), other!.close()])
    })
    expect(one!.label).toBe("database")
    await one!.query("select broken").catch(() => {})
    await other!.query("select 1")
    await using events = openEvents(watch)
    const { pools } = await events.until((update) => update.pools.every(({ samples }) => samples.some(({ query }) => query !== null)))
    expect(pools.map(({ label }) => label)).toEqual(["db.example:5432/shop", "db.example:5432/shop"])
    expect(pools.map(({ occurrences }) => occurrences.map(({ kind }) => kind))).toEqual([["connect", "query-error"], ["connect"]])
  })

  test("resume where a reader was disconnected, and start over for a reloaded page", async () => {
    const { pool, watch } = await watched()
    await pool.query("select 1")
    await using first = openEvents(watch)
    await first.until(({ pools }) => pools[0]!.occurrences.length > 0)
    await using resumed = openEvents(watch, first.lastId())
    expect((await resumed.next()).pools[0]!.occurrences).toEqual([])
    await using reloaded = openEvents(watch)
    expect((await reloaded.next()).pools[0]!.occurrences).toHaveLength(1)
  })

  test("are not opened by HEAD, which gets their headers", async () => {
    const { watch } = await watched()
    for (let at = 0; at < 17; at++)
      expect(await get(watch, "events", { method: "HEAD" })).toMatchObject({
        status: 200,
        type: "text/event-stream; charset=utf-8",
        body: "",
      })
    await using page = openEvents(watch)
    expect(await page.status()).toBe(200)
    expect((await get(watch, "", { method: "HEAD" })).status).toBe(200)
  })

  test("are limited to 16 pages, and closing a page frees its place", async () => {
    const { watch } = await watched()
    const pages = Array.from({ length: 16 }, () => openEvents(watch))
    await Promise.all(pages.map((page) => page.next()))
    expect(await get(watch, "events")).toMatchObject({ status: 503 })
    await pages[0]![Symbol.asyncDispose]()
    await expect
      .poll(async () => {
        await using page = openEvents(watch)
        return await page.status()
      })
      .toBe(200)
    await Promise.all(pages.map((page) => page[Symbol.asyncDispose]()))
  })
})

describe("watchPools()", () => {
  test("leaves the program's globals unchanged", async () => {
    await watched()
    expect(globalThis.Request).toBe(GLOBALS.Request)
    expect(globalThis.Response).toBe(GLOBALS.Response)
  })

  test("accepts at most 64 connections", async () => {
    const { watch } = await watched()
    const { hostname, port } = new URL(watch.url)
    const sockets = await Promise.all(
      Array.from({ length: 64 }, async () => {
        const socket = connect(Number(port), hostname)
        onTestFinished(() => void socket.destroy())
        await once(socket, "connect")
        return socket
      }),
    )
    await expect(get(watch, "")).rejects.toThrow(/socket hang up|ECONNRESET/)
    sockets[0]!.destroy()
    await expect.poll(() => get(watch, "").catch(() => undefined)).toMatchObject({ status: 200 })
  })

  test("ends everything with close(), with or without a page", async () => {
    const { pool, watch } = await watched()
    await using events = openEvents(watch)
    await events.next()
    const closing = watch.close()
    expect(watch.close()).toBe(closing)
    await closing
    await expect(get(watch, "")).rejects.toThrow("ECONNREFUSED")
    expect(pool.state).toBe("open")
  })

  test("refuses invalid options with a message", async () => {
    const { pool, watch } = await watched()
    const refusal = (promise: Promise<unknown>) =>
      promise.then(
        () => undefined,
        ({ code, message }) => `${code} ${message}`,
      )
    expect(await refusal(watchPools([]))).toBe("PGSD_INVALID_OPTION watchPools needs a list of at least one pool")
    expect(await refusal(watchPools([pool, pool]))).toBe('PGSD_INVALID_OPTION the pool "shop" is in the list twice')
    expect(await refusal(watchPools([pool], { host: "0.0.0.0" as never }))).toContain("host must be one of")
    expect(await refusal(watchPools([pool], { token: "short" }))).toContain("token must be")
    expect(await refusal(watchPools([pool], { prot: 1 } as never))).toContain('unknown option of watchPools "prot"')
    const port = Number(new URL(watch.url).port)
    expect(await refusal(watchPools([pool], { port }))).toMatch(/^PGSD_CANNOT_LISTEN .*EADDRINUSE/)
  })
})

interface GetOptions {
  readonly path?: string
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
}

interface Answer {
  readonly status: number
  readonly type: string | undefined
  readonly headers: Readonly<Record<string, unknown>>
  readonly body: string
}

// fetch() cannot send another Host.
function get({ url }: PoolWatch, name: string, { path, method = "GET", headers = {} }: GetOptions = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request(new URL(path ?? name, url), { method, headers }, async (answer) => {
      let body = ""
      for await (const chunk of answer) body += chunk
      resolve({ status: answer.statusCode!, type: answer.headers["content-type"], headers: answer.headers, body })
    })
    sent.on("error", reject).end()
  })
}

/** Reads server-sent events as a browser would. */
function openEvents({ url }: PoolWatch, lastId?: string) {
  const left = new AbortController()
  const answered = fetch(new URL("events", url), { signal: left.signal, headers: lastId === undefined ? {} : { "last-event-id": lastId } })
  const updates = read()
  let id = ""
  async function* read(): AsyncGenerator<Update> {
    let text = ""
    const decoder = new TextDecoder()
    for await (const chunk of (await answered).body!) {
      text += decoder.decode(chunk as Uint8Array, { stream: true })
      for (let end = text.indexOf("\n\n"); end !== -1; end = text.indexOf("\n\n")) {
        const message = text.slice(0, end)
        text = text.slice(end + 2)
        id = /^id: (.*)$/m.exec(message)![1]!
        yield JSON.parse(/^data: (.*)$/m.exec(message)![1]!)
      }
    }
  }
  const next = async () => {
    const { value, done } = await updates.next()
    if (done === true) throw new Error("the events have ended")
    return value
  }
  return {
    next,
    lastId: () => id,
    status: async () => (await answered).status,
    async until(condition: (update: Update) => boolean): Promise<Update> {
      for (;;) {
        const update = await next()
        if (condition(update)) return update
      }
    },
    async [Symbol.asyncDispose]() {
      left.abort()
      await updates.next().catch(() => {})
    },
  }
}
