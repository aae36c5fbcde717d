import { abortSignal, flagOrName, refuseUnknownOptions } from "@pgsd/driver"
import { expect, test } from "vitest"

test("refuses options that are not an object, without printing the value", () => {
  for (const [given, kind] of [
    [undefined, "undefined"],
    [null, "null"],
    ["hunter2", "string"],
    [5, "number"],
  ])
    expect(() => refuseUnknownOptions("option of x", given as never, ["a", "b"])).toThrow(
      expect.objectContaining({
        code: "PGSD_INVALID_OPTION",
        message: `option of x: options must be an object, not ${kind}`,
        hint: "known are a, b",
      }),
    )
  expect(() => refuseUnknownOptions("option of x", { a: 1 }, ["a", "b"])).not.toThrow()
})

test("accepts a signal or undefined; the error names the controller's signal", () => {
  const { signal } = new AbortController()
  expect([abortSignal("signal", signal), abortSignal("signal", undefined)]).toEqual([signal, undefined])
  for (const given of [new AbortController(), null, 5_000, new EventTarget()])
    expect(() => abortSignal("signal", given as never)).toThrow(
      expect.objectContaining({ code: "PGSD_INVALID_OPTION", message: "signal must be an AbortSignal" }),
    )
  expect(() => abortSignal("signal", new AbortController() as never)).toThrow(
    expect.objectContaining({ hint: "pass the controller's signal" }),
  )
})

// Encoded, all unpaired surrogates are the same character: two names would be one statement.
test.each(["", "a\0b", "é".repeat(32), "\ud800", "a\udc00"])("%j is no name of a prepared statement", (name) => {
  expect(() => flagOrName("prepare", name)).toThrow(
    expect.objectContaining({ code: "PGSD_INVALID_OPTION", message: expect.stringContaining("a name of 1 to 63 bytes") }),
  )
})
