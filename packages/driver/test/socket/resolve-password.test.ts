import { inspect } from "node:util"
import { PgsdError, secret, type Target } from "@pgsd/driver"
import { resolvePassword } from "@pgsd/driver/socket"
import { describe, expect, test } from "vitest"

const target = (password: Target["password"]): Target => ({ host: "db.test", user: "app", password })

describe("the password comes from", () => {
  test.each<[what: string, password: Target["password"], found: string | undefined]>([
    ["none", undefined, undefined],
    ["a string", "x", "x"],
    ["an empty string", "", ""],
    ["a secret", secret("x"), "x"],
    ["a function", () => "x", "x"],
    ["an asynchronous function with a secret", async () => secret("x"), "x"],
    ["a function that has none", () => undefined, undefined],
    ["in SCRAM's form", "\u2168", "IX"],
  ])("%s", async (_what, password, found) => {
    expect(await resolvePassword(target(password))).toBe(found)
  })

  test("unmodified, for methods other than SCRAM", async () => {
    expect(await resolvePassword(target("\u2168"), { normalize: false })).toBe("\u2168")
  })
})

test("a provider gets the signal, and an abort does not wait for it", async () => {
  const controller = new AbortController()
  const reason = new Error("enough")
  let given: AbortSignal | undefined
  const waiting = resolvePassword(
    target(({ signal }) => {
      given = signal
      return new Promise(() => {})
    }),
    { signal: controller.signal },
  )
  controller.abort(reason)
  await expect(waiting).rejects.toBe(reason)
  expect(given).toBe(controller.signal)
})

test("an aborted signal calls no provider", async () => {
  let asked = false
  const provider = () => {
    asked = true
    return "x"
  }
  await expect(resolvePassword(target(provider), { signal: AbortSignal.abort("enough") })).rejects.toBe("enough")
  expect(asked).toBe(false)
})

test("a provider's failure is the cause of an error with the address", async () => {
  const cause = new Error("vault is sealed")
  const error = await resolvePassword(target(() => Promise.reject(cause))).catch((thrown: unknown) => thrown)
  expect(error).toMatchObject({ code: "PGSD_AUTH_FAILED", phase: "auth", retryable: true, host: "db.test", user: "app", cause })
  expect((error as Error).message).toBe("db.test:5432: the password provider failed; see the cause")
})

test("a provider's PgsdError is passed on unchanged", async () => {
  const own = new PgsdError("PGSD_PASSWORD_FAILED", "no")
  await expect(
    resolvePassword(
      target(() => {
        throw own
      }),
    ),
  ).rejects.toBe(own)
})

test.each<[what: string, password: unknown, text: string]>([
  ["a number", () => 42, "the password provider must return a string"],
  ["null", () => null, "the password provider must return a string"],
  ["NUL", "hunter2\0", "the password contains a NUL character"],
])("an invalid password is refused without being shown: %s", async (_what, password, text) => {
  const error = await resolvePassword(target(password as Target["password"])).catch((thrown: unknown) => thrown)
  expect(error).toMatchObject({ code: "PGSD_AUTH_FAILED", retryable: false })
  expect((error as Error).message).toContain(text)
  expect(inspect(error, { depth: 9 })).not.toContain("hunter2")
})
