import { inspect } from "node:util"
import { runInNewContext } from "node:vm"
import { PgsdError, secret } from "@pgsd/driver"
import { parseValue, serializeParameter, serializeParameters } from "@pgsd/driver/adapter"
import fc from "fast-check"
import { describe, expect, test } from "vitest"

class Point {
  x = 1
  y = undefined
}

class Money {
  readonly #cents = 100
  toString() {
    return String(this.#cents)
  }
}

const circular: Record<string, unknown> = {}
circular.self = circular
const endless: unknown[] = []
endless.push(endless)

describe("a parameter becomes text that PostgreSQL reads", () => {
  test.each<[what: string, value: unknown, text: string | null]>([
    ["null", null, null],
    ["text as it is", `it's "x" \\ {}`, `it's "x" \\ {}`],
    ["empty text", "", ""],
    ["a character beyond the BMP", "💙", "💙"],
    ["integer", 42, "42"],
    ["-0", -0, "-0"],
    ["NaN", Number.NaN, "NaN"],
    ["Infinity", Number.NEGATIVE_INFINITY, "-Infinity"],
    ["a big number", 1e21, "1e+21"],
    ["bigint", 9223372036854775807n, "9223372036854775807"],
    ["boolean", false, "false"],
    ["Date", new Date("2024-02-29T12:34:56.789Z"), "2024-02-29 12:34:56.789+00"],
    ["Date of the first century", new Date("0044-03-15T00:00:00Z"), "0044-03-15 00:00:00.000+00"],
    ["Date of the year 1 BC", new Date("0000-12-31T00:00:00Z"), "0001-12-31 00:00:00.000+00 BC"],
    ["Date BC", new Date("-000043-03-15T00:00:00Z"), "0044-03-15 00:00:00.000+00 BC"],
    ["Date beyond 9999", new Date("+012345-01-01T00:00:00Z"), "12345-01-01 00:00:00.000+00"],
    ["Uint8Array", new Uint8Array([0, 255]), "\\x00ff"],
    ["a window on a Buffer", Buffer.from("xaby").subarray(1, 3), "\\x6162"],
    ["object", { a: [1, "x"], b: undefined }, '{"a":[1,"x"]}'],
    ["an object whose toJSON() returns a string", new URL("https://example.org/x"), "https://example.org/x"],
    ["the same in an array", [new URL("https://example.org/x")], '{"https://example.org/x"}'],
    ["the same in an object", { at: new URL("https://example.org/x") }, '{"at":"https://example.org/x"}'],
    ["an object whose toJSON() returns a number", { toJSON: () => 1.5 }, "1.5"],
    ["an object whose toJSON() returns an object", { toJSON: () => ({}) }, "{}"],
    ["a boxed string", new String("x"), "x"],
    ["a boxed number", Object(1.5), "1.5"],
    ["a boxed bigint", Object(2n), "2"],
    ["a boxed boolean in an array", [Object(false)], '{"false"}'],
    ["an empty object", {}, "{}"],
    ["an empty object without a prototype", Object.create(null), "{}"],
    ["an empty object of another realm", runInNewContext("({})"), "{}"],
    ["empty objects and arrays inside", { a: {}, b: [{}], c: "{}" }, '{"a":{},"b":[{}],"c":"{}"}'],
    ["an instance with fields", new Point(), '{"x":1}'],
    ["empty array, which is no JSON", [], "{\f}"],
    ["numbers and null", [1, null, -2.5], '{"1",NULL,"-2.5"}'],
    ["text", ["a", "", "NULL", 'q"', "\\", "{,}"], '{"a","","NULL","q\\"","\\\\","{,}"}'],
    ["nested", [[true], [false]], '{{"true"},{"false"}}'],
    ["bytea[]", [new Uint8Array([1])], '{"\\\\x01"}'],
    ["jsonb[]", [{ a: 1 }], '{"{\\"a\\":1}"}'],
    ["Date[]", [new Date(0)], '{"1970-01-01 00:00:00.000+00"}'],
  ])("%s", (_what, value, text) => {
    expect(serializeParameter(value)).toBe(text)
  })
})

describe("a value without a PostgreSQL form is refused, and the error names the parameter", () => {
  test.each<[what: string, value: unknown, text: string]>([
    ["undefined", undefined, 'query parameter $3 is undefined (use null for NULL, or the option undefinedAs: "null")'],
    ["a function", () => 1, "query parameter $3 is a function"],
    ["a symbol", Symbol("s"), "query parameter $3 is a symbol"],
    ["an invalid Date", new Date(Number.NaN), "query parameter $3 is an invalid Date"],
    ["NUL", "a\0b", "query parameter $3 contains a NUL character"],
    ["an unpaired surrogate", "💙".slice(0, 1), "query parameter $3 contains an unpaired surrogate"],
    ["a Map", new Map(), "query parameter $3 is an object of class Map"],
    ["an ArrayBuffer", new ArrayBuffer(1), "query parameter $3 is an object of class ArrayBuffer"],
    ["a Float64Array", new Float64Array(1), "query parameter $3 is an object of class Float64Array"],
    ["an Error", new Error("x"), "query parameter $3 is an object of class Error"],
    [
      "a URLSearchParams",
      new URLSearchParams("a=1"),
      "query parameter $3 is an object of class URLSearchParams, of which JSON keeps nothing",
    ],
    ["a Blob", new Blob(["x"]), "query parameter $3 is an object of class Blob"],
    ["Headers", new Headers({ a: "1" }), "query parameter $3 is an object of class Headers"],
    ["an Intl.NumberFormat", new Intl.NumberFormat(), "query parameter $3 is an object of class NumberFormat"],
    ["a WeakRef", new WeakRef({}), "query parameter $3 is an object of class WeakRef"],
    ["a generator", (function* () {})(), "query parameter $3 is an object of class"],
    ["a class with private fields alone", new Money(), "query parameter $3 is an object of class Money"],
    ["one of them in an array", [new Money()], "query parameter $3 is an object of class Money"],
    ["one of them in an object", { price: [new Money()] }, "query parameter $3 holds an object of class Money"],
    ["a Map in an object", { map: new Map([[1, 2]]) }, "query parameter $3 holds an object of class Map"],
    ["a boxed symbol", Object(Symbol("s")), "query parameter $3 is a symbol"],
    ["an unpaired surrogate of toJSON()", { toJSON: () => "\ud800" }, "query parameter $3 contains an unpaired surrogate"],
    ["an object in a circle", circular, "query parameter $3 cannot be written as JSON"],
    ["a bigint in an object", { big: 1n }, "query parameter $3 cannot be written as JSON"],
    ["no JSON", { toJSON: () => undefined }, "query parameter $3 has no JSON"],
    ["undefined in an array", [1, undefined], "query parameter $3 is undefined"],
    // biome-ignore lint/suspicious/noSparseArray: the hole is the point.
    ["a hole in an array", [1, , 2], "query parameter $3 is undefined"],
    ["NUL in an array", [["\0"]], "query parameter $3 contains a NUL character"],
    ["an array that holds itself", endless, "query parameter $3 has more than 6 dimensions"],
  ])("%s", (_what, value, text) => {
    const refused = refusalOf(() => serializeParameter(value, 3))
    expect(refused).toMatchObject({ code: "PGSD_INVALID_PARAMETER", retryable: false })
    expect(refused.message).toContain(text)
  })

  test("a secret, without printing it", () => {
    const refused = refusalOf(() => serializeParameter(secret("hunter2"), 1))
    expect(refused.message).toContain("query parameter $1 is a Secret")
    expect(inspect(refused, { depth: 9 })).not.toContain("hunter2")
  })

  test("without a position", () => {
    expect(refusalOf(() => serializeParameter(undefined)).message).toContain("a query parameter is undefined")
  })
})

describe("a written value is read back the same", () => {
  const text = fc.string({ unit: "binary" }).filter((each) => !each.includes("\0"))
  const rows = <T>(element: fc.Arbitrary<T>) =>
    fc.oneof(fc.array(fc.option(element)), fc.array(fc.array(fc.option(element), { minLength: 2, maxLength: 2 }), { minLength: 1 }))
  const check = <T>(typeId: number, element: fc.Arbitrary<T>) =>
    fc.assert(
      fc.property(rows(element), (value) => {
        // As the server prints it: without whitespace.
        const printed = serializeParameter(value)!.replace("{\f}", "{}")
        expect(parseValue(typeId, printed)).toStrictEqual(value)
      }),
    )

  test("text[]", () => check(1009, text))
  test("int4[]", () => check(1007, fc.integer()))
  test("float8[]", () => check(1022, fc.double()))
  test("bytea[]", () =>
    check(
      1001,
      fc.uint8Array().map((each) => new Uint8Array(each)),
    ))
  test("jsonb[]", () =>
    check(3807, fc.dictionary(fc.string(), fc.oneof(fc.string(), fc.integer(), fc.boolean()), { noNullPrototype: true })))
  test("timestamptz[] after year 0", () => check(1185, fc.date({ min: new Date("0001-01-01T00:00:00Z"), noInvalidDate: true })))
})

function refusalOf(act: () => unknown): PgsdError {
  try {
    act()
  } catch (error) {
    if (error instanceof PgsdError) return error
    throw error
  }
  throw new Error("nothing was refused")
}

test("more parameters than Bind can count are refused", () => {
  expect(serializeParameters(new Array(65_535).fill(1))).toHaveLength(65_535)
  expect(() => serializeParameters(new Array(65_536).fill(1))).toThrow("65536 parameters exceed the 65535 that the protocol can send")
})
