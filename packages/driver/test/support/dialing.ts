import type { LookupFunction } from "node:net"
import { inspect } from "node:util"
import { DatabaseConnectionError, type Target } from "@pgsd/driver"
import { type Dialed, dial } from "@pgsd/driver/socket"
import { afterEach, expect } from "vitest"

const PASSWORD = "hunter2"

export const target = (overrides: Partial<Target> = {}): Target => ({
  host: "127.0.0.1",
  user: "app",
  password: PASSWORD,
  connectTimeoutMs: 5_000,
  ...overrides,
})

/** TLS without verification. */
export const TLS = { encryption: "tls", tls: { verify: "none" } } as const

const dialed: Dialed[] = []

afterEach(() => {
  for (const { socket, deadline } of dialed.splice(0)) {
    deadline.end()
    socket.destroy()
  }
})

/** Dials; the socket is closed after the test. */
export async function open(...values: Parameters<typeof dial>): Promise<Dialed> {
  const result = await dial(...values)
  dialed.push(result)
  return result
}

/** The error of a dial, after checking that it does not show the password. */
export async function failure(...values: Parameters<typeof dial>): Promise<DatabaseConnectionError> {
  const error = await dial(...values).then(
    () => new Error("dial succeeded"),
    (thrown: unknown) => thrown,
  )
  expect(inspect(error, { showHidden: true, depth: 9 })).not.toContain(PASSWORD)
  if (error instanceof DatabaseConnectionError) return error
  throw error
}

/** A resolver that knows one name. */
export const resolver = (name: string, ...addresses: string[]): LookupFunction =>
  ((host, _options, callback) => {
    if (host !== name) return callback(Object.assign(new Error(`getaddrinfo ENOTFOUND ${host}`), { code: "ENOTFOUND" }), [])
    callback(
      null,
      addresses.map((address) => ({ address, family: address.includes(":") ? 6 : 4 })),
    )
  }) satisfies LookupFunction
