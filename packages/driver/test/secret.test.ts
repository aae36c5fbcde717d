import { format, inspect } from "node:util"
import { isSecret, PgsdError, Secret, secret } from "@pgsd/driver"
import { expect, test, vi } from "vitest"

const value = "hunter2"
const hidden = secret(value)
const held = { deep: { list: [hidden], map: new Map([["password", hidden]]) } }

test.each<[how: string, shown: () => unknown]>([
  ["inspect", () => inspect(hidden)],
  ["inspect with everything", () => inspect(held, { showHidden: true, depth: 9, getters: true, customInspect: true })],
  ["inspect without custom inspection", () => inspect(held, { showHidden: true, depth: 9, customInspect: false })],
  ["JSON", () => JSON.stringify(held)],
  ["a template", () => `${hidden}`],
  ["concatenation", () => `password ${String(hidden)}`],
  ["format", () => format("%s %o %O %j %d", hidden, hidden, hidden, hidden, hidden)],
  ["structuredClone", () => inspect(structuredClone(held), { showHidden: true, depth: 9 })],
  ["spread and keys", () => inspect([{ ...hidden }, Object.entries(hidden), Reflect.ownKeys(hidden)])],
  ["an error's message", () => inspect(new PgsdError("PGSD_UNKNOWN", `failed with ${hidden}`, { cause: hidden }), { depth: 9 })],
  ["an assertion's difference", () => thrownBy(() => expect(hidden).toEqual(secret("other")))],
])("a secret is not shown by %s", (_how, shown) => {
  expect(String(shown())).not.toContain(value)
})

test("only reveal() returns the value", () => {
  expect(hidden.reveal()).toBe(value)
  expect(String(hidden)).toBe("[secret]")
  expect(JSON.stringify({ hidden })).toBe('{"hidden":"[secret]"}')
})

test("a secret of a secret is the same secret", () => {
  expect(secret(hidden)).toBe(hidden)
})

test("is immutable", () => {
  expect(Object.isFrozen(hidden)).toBe(true)
})

test("refuses anything but a string", () => {
  expect(() => new Secret(42 as unknown as string)).toThrow("a secret must be a string")
})

test("recognises a secret of another copy of the package", async () => {
  vi.resetModules()
  const copy = await import("../src/secret.ts")
  expect(copy.Secret).not.toBe(Secret)
  expect(isSecret(copy.secret("x"))).toBe(true)
  expect(copy.isSecret(hidden)).toBe(true)
})

test.each([null, undefined, "x", 1, {}, { reveal: () => "x" }])("%j is not a secret", (other) => {
  expect(isSecret(other)).toBe(false)
})

function thrownBy(act: () => void): string {
  try {
    act()
  } catch (error) {
    return inspect(error, { depth: 9 })
  }
  return ""
}
