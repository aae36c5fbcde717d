import { secret } from "@pgsd/driver"
import { describe, expect, test, vi } from "vitest"
import type { ExpiringPassword, PasswordProvider } from "../src/index.ts"
import { providerSource } from "../src/password/provider.ts"
import type { PasswordQuery } from "../src/password/sources.ts"
import { rejectionOf } from "./support/failure.ts"

const query: PasswordQuery = {
  fileHost: "h",
  portText: "5432",
  host: "h",
  port: 5432,
  user: "u",
  database: "d",
  signal: new AbortController().signal,
  fresh: false,
}

function source(provider: PasswordProvider, options: { ttlMs?: number; timeoutMs?: number; now?: () => number } = {}) {
  const { ttlMs = 0, timeoutMs = 1_000, now } = options
  const made = providerSource(provider, { name: "the vault", timeoutMs, ttlMs, now })
  return async (more: Partial<PasswordQuery> = {}) => {
    const answer = await made.read({ ...query, ...more })
    return "password" in answer ? answer.password.reveal() : answer.none
  }
}

/** A provider that waits until it is released. */
function waiting() {
  const calls: { signal: AbortSignal; answer: (value: string | ExpiringPassword | undefined) => void; fail: (error: Error) => void }[] = []
  const provider: PasswordProvider = ({ signal }) => new Promise((resolve, reject) => calls.push({ signal, answer: resolve, fail: reject }))
  return { calls, provider }
}

describe("expiry", () => {
  test("a token is requested again a minute before it expires, and not earlier", async () => {
    let now = 1_000_000
    let calls = 0
    const read = source(() => ({ password: `token ${++calls}`, expiresAt: new Date(now + 900_000) }), { now: () => now })
    expect(await read()).toBe("token 1")
    now += 839_999
    expect(await read()).toBe("token 1")
    now += 1
    expect(await read()).toBe("token 2")
  })

  test("without an expiry a result is reused for ttlMs; by default each connection calls the provider", async () => {
    let now = 0
    let calls = 0
    const remembering = source(() => `${++calls}`, { ttlMs: 100, now: () => now })
    expect([await remembering(), await remembering()]).toEqual(["1", "1"])
    now = 100
    expect(await remembering()).toBe("2")
    calls = 0
    const asking = source(() => secret(`${++calls}`))
    expect([await asking(), await asking()]).toEqual(["1", "2"])
  })

  test("fresh calls it again although the cached result has not expired: the server refused it", async () => {
    let calls = 0
    const read = source(() => `${++calls}`, { ttlMs: 10_000 })
    expect([await read(), await read({ fresh: true }), await read()]).toEqual(["1", "2", "2"])
  })

  test("each server, user and database has its own cache entry", async () => {
    const provider = vi.fn<PasswordProvider>(({ host, user }) => `${user}@${host}`)
    const read = source(provider, { ttlMs: 10_000 })
    expect([await read(), await read({ host: "i" }), await read({ user: "v" }), await read()]).toEqual(["u@h", "u@i", "v@h", "u@h"])
    expect(provider).toHaveBeenCalledTimes(3)
  })
})

describe("single flight", () => {
  test("callers that arrive during a call share it", async () => {
    const { calls, provider } = waiting()
    const read = source(provider)
    const all = [read(), read(), read()]
    await vi.waitFor(() => expect(calls).toHaveLength(1))
    calls[0]!.answer("shared")
    expect(await Promise.all(all)).toEqual(["shared", "shared", "shared"])
  })

  test("a failure reaches all of them once, and the next caller starts a new call", async () => {
    const { calls, provider } = waiting()
    const read = source(provider)
    const all = Promise.allSettled([read(), read()])
    await vi.waitFor(() => expect(calls).toHaveLength(1))
    calls[0]!.fail(new Error("sealed"))
    expect((await all).map(({ status }) => status)).toEqual(["rejected", "rejected"])
    const next = read()
    await vi.waitFor(() => expect(calls).toHaveLength(2))
    calls[1]!.answer("unsealed")
    expect(await next).toBe("unsealed")
  })

  test("a caller that aborts leaves the call to the others; with the last one the call is aborted", async () => {
    const { calls, provider } = waiting()
    const read = source(provider)
    const [first, second] = [new AbortController(), new AbortController()]
    const all = [read({ signal: first.signal }), read({ signal: second.signal })]
    await vi.waitFor(() => expect(calls).toHaveLength(1))
    first.abort(new Error("first left"))
    await expect(all[0]).rejects.toThrow("first left")
    expect(calls[0]!.signal.aborted).toBe(false)
    second.abort(new Error("second left"))
    await expect(all[1]).rejects.toThrow("second left")
    expect(calls[0]!.signal.aborted).toBe(true)
    const next = read()
    await vi.waitFor(() => expect(calls).toHaveLength(2))
    calls[1]!.answer("new call")
    expect(await next).toBe("new call")
  })

  test("an already aborted caller starts no call", async () => {
    const provider = vi.fn<PasswordProvider>(() => "x")
    await expect(source(provider)({ signal: AbortSignal.abort(new Error("gone")) })).rejects.toThrow("gone")
  })
})

describe("failures name the provider", () => {
  test("a timeout: the error says how long, is retryable, and the provider's signal is aborted", async () => {
    const { calls, provider } = waiting()
    const error = await rejectionOf(source(provider, { timeoutMs: 20 })())
    expect(error).toMatchObject({ code: "PGSD_PASSWORD_FAILED", message: "the vault did not answer within 20 ms", retryable: true })
    expect(calls[0]!.signal.aborted).toBe(true)
  })

  test("a provider's exception is the cause, not the message", async () => {
    const cause = new Error("403")
    const error = await rejectionOf(
      source(() => {
        throw cause
      })(),
    )
    expect(error).toMatchObject({ message: "the vault failed", cause, retryable: false })
  })

  test("a result that is not a password", async () => {
    const wrong: readonly [unknown, string][] = [
      ["", "the vault gave an empty password"],
      [5, "the vault gave a password that is not a string"],
      [null, "the vault gave a password that is not a string"],
      [{ password: "", expiresAt: 1 }, "the vault gave an empty password"],
      [{ password: "x", expiresAt: "soon" }, "the vault gave an expiresAt that is not a date"],
    ]
    for (const [answer, message] of wrong)
      expect((await rejectionOf(source(() => answer as string)())).message, String(answer)).toBe(message)
    expect(await source(() => undefined)()).toBe("gave none")
  })
})
