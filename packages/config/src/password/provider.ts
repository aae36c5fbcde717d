import { abortable, isSecret, limit, type Secret, secret } from "@pgsd/driver"
import { ConfigError } from "../errors.ts"
import type { ExpiringPassword, PasswordProvider, PasswordRequest } from "./input.ts"
import type { PasswordQuery, PasswordSourceEntry } from "./sources.ts"

interface ProviderOptions {
  readonly name: string
  readonly timeoutMs: number
  readonly ttlMs: number
  /** @default Date.now */
  readonly now?: (() => number) | undefined
}

/** A token is renewed this long before it expires, so that it is still valid when the server checks it. */
const EARLY_MS = 60_000

interface Remembered {
  readonly password: Secret
  readonly freshUntil: number
}

/**
 * A provider with a timeout, a cache and single flight: concurrent callers for one server and user share a call, and its result is reused
 * until it expires. A caller that aborts does not cancel the call for the others.
 */
export function providerSource(provider: PasswordProvider, options: ProviderOptions): PasswordSourceEntry {
  const { name, now = Date.now } = options
  const remembered = new Map<string, Remembered>()
  const underWay = new Map<string, SharedCall>()
  return {
    name,
    async read(query) {
      const key = JSON.stringify([query.host, query.port, query.user, query.database])
      const known = remembered.get(key)
      if (known !== undefined && known.freshUntil > now() && !query.fresh) return { password: known.password }
      remembered.delete(key)
      let call = underWay.get(key)
      if (call === undefined || call.abandoned) {
        call = startCall(key)
        underWay.set(key, call)
      }
      const answer = await call.join(query.signal)
      return answer === undefined ? { none: "gave none" } : { password: answer.password }

      function startCall(key: string): SharedCall {
        const started = new SharedCall((signal) => ask(provider, query, signal, options))
        const forget = () => void (underWay.get(key) === started && underWay.delete(key))
        started.result.then((answer) => {
          forget()
          if (answer !== undefined && answer.freshUntil > now()) remembered.set(key, answer)
        }, forget)
        return started
      }
    },
  }
}

/** One call shared by waiting callers; aborted when the last of them has left. */
class SharedCall {
  readonly result: Promise<Remembered | undefined>
  readonly #abort = new AbortController()
  #waiters = 0
  #settled = false

  constructor(start: (signal: AbortSignal) => Promise<Remembered | undefined>) {
    this.result = start(this.#abort.signal).finally(() => {
      this.#settled = true
    })
  }

  get abandoned(): boolean {
    return this.#abort.signal.aborted
  }

  async join(signal: AbortSignal): Promise<Remembered | undefined> {
    signal.throwIfAborted()
    this.#waiters++
    try {
      return await abortable(this.result, signal)
    } finally {
      if (--this.#waiters === 0 && !this.#settled) this.#abort.abort(signal.reason)
    }
  }
}

async function ask(
  provider: PasswordProvider,
  query: PasswordQuery,
  signal: AbortSignal,
  options: ProviderOptions,
): Promise<Remembered | undefined> {
  const { name, timeoutMs, ttlMs, now = Date.now } = options
  const bounds = limit(signal, timeoutMs, () => failed(name, `did not answer within ${timeoutMs} ms`, undefined, true))
  const request = { host: query.host, port: query.port, user: query.user, database: query.database, signal: bounds.signal ?? signal }
  try {
    const answer = await abortable(call(provider, request, name), bounds.signal)
    if (answer === undefined) return undefined
    if (typeof answer !== "object" || answer === null || isSecret(answer))
      return { password: checked(name, answer), freshUntil: now() + ttlMs }
    const expiresAt = Number(answer.expiresAt)
    if (Number.isNaN(expiresAt)) throw failed(name, "gave an expiresAt that is not a date")
    return { password: checked(name, answer.password), freshUntil: expiresAt - EARLY_MS }
  } finally {
    bounds.end()
  }
}

async function call(
  provider: PasswordProvider,
  request: PasswordRequest,
  name: string,
): Promise<string | Secret | ExpiringPassword | undefined> {
  try {
    return await provider(request)
  } catch (cause) {
    if (request.signal.aborted) throw request.signal.reason
    if (cause instanceof ConfigError) throw cause
    throw failed(name, "failed", cause)
  }
}

function checked(name: string, password: unknown): Secret {
  if (typeof password === "string" ? password !== "" : isSecret(password)) return secret(password as string | Secret)
  throw failed(name, password === "" ? "gave an empty password" : "gave a password that is not a string")
}

/** The error of a configured source that failed. The cause's message appears only in the cause. */
export function failed(name: string, what: string, cause?: unknown, retryable = false): ConfigError {
  return new ConfigError([{ code: "PGSD_PASSWORD_FAILED", message: `${name} ${what}`, key: "password" }], { cause, retryable })
}
