import type { ValueParsers } from "@pgsd/driver"
import { parseValue, valueParsers } from "@pgsd/driver/adapter"
import { describe, expect, test } from "vitest"

const bytes = (...values: number[]) => new Uint8Array(values)

describe("a value is parsed by its type, or stays text", () => {
  test.each<[type: string, typeId: number, text: string, value: unknown]>([
    ["bool", 16, "t", true],
    ["bool", 16, "f", false],
    ["an invalid bool", 16, "yes", "yes"],
    ["int2", 21, "-32768", -32768],
    ["int4", 23, "2147483647", 2147483647],
    ["oid", 26, "4294967295", 4294967295],
    ["float4", 700, "1.5", 1.5],
    ["float8", 701, "1e-300", 1e-300],
    ["float8 NaN", 701, "NaN", Number.NaN],
    ["float8 Infinity", 701, "Infinity", Number.POSITIVE_INFINITY],
    ["float8 -Infinity", 701, "-Infinity", Number.NEGATIVE_INFINITY],
    ["float8 -0", 701, "-0", -0],
    ["an invalid number", 23, "12x", "12x"],
    ["an empty number", 23, "", ""],
    ["int8 keeps its digits", 20, "9223372036854775807", "9223372036854775807"],
    ["numeric keeps its digits", 1700, "1.10", "1.10"],
    ["numeric NaN", 1700, "NaN", "NaN"],
    ["money", 790, "$1,000.50", "$1,000.50"],
    ["date", 1082, "2024-02-29", "2024-02-29"],
    ["time", 1083, "24:00:00", "24:00:00"],
    ["timetz", 1266, "12:00:00+02", "12:00:00+02"],
    ["timestamp", 1114, "2024-02-29 12:00:00", "2024-02-29 12:00:00"],
    ["interval", 1186, "1 year 2 mons -3 days", "1 year 2 mons -3 days"],
    ["uuid", 2950, "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"],
    ["an unknown type", 123456, "{a,b}", "{a,b}"],
    ["json", 114, '{"a":[1,null]}', { a: [1, null] }],
    ["jsonb", 3802, '"text"', "text"],
    ["json null is a value", 3802, "null", null],
    ["json that does not parse", 114, "{", "{"],
    ["bytea hex", 17, "\\x00ff10", bytes(0, 255, 16)],
    ["bytea empty", 17, "\\x", bytes()],
    ["bytea escape", 17, "a\\\\b\\000\\377", bytes(97, 92, 98, 0, 255)],
    ["bytea with a wrong digit", 17, "\\x0g", "\\x0g"],
    ["bytea with half a byte", 17, "\\x000", "\\x000"],
    ["bytea with a wrong escape", 17, "\\9", "\\9"],
    ["timestamptz in UTC", 1184, "2024-02-29 12:34:56+00", new Date("2024-02-29T12:34:56Z")],
    ["timestamptz is cut to ms", 1184, "2024-02-29 12:34:56.123999+00", new Date("2024-02-29T12:34:56.123Z")],
    ["timestamptz with one decimal", 1184, "2024-02-29 12:34:56.5+00", new Date("2024-02-29T12:34:56.500Z")],
    ["timestamptz east", 1184, "2024-02-29 12:34:56+05:30", new Date("2024-02-29T07:04:56Z")],
    ["timestamptz west, over midnight", 1184, "2024-12-31 22:00:00-03", new Date("2025-01-01T01:00:00Z")],
    ["timestamptz with seconds of offset", 1184, "1890-01-01 00:00:00-00:25:21", new Date("1890-01-01T00:25:21Z")],
    ["timestamptz of the first century", 1184, "0044-03-15 00:00:00+00", new Date("0044-03-15T00:00:00Z")],
    ["timestamptz beyond 9999", 1184, "12345-01-01 00:00:00+00", new Date("+012345-01-01T00:00:00Z")],
    ["timestamptz beyond a Date", 1184, "294276-12-31 23:59:59+00", "294276-12-31 23:59:59+00"],
    ["timestamptz BC", 1184, "0044-03-15 00:00:00+00 BC", "0044-03-15 00:00:00+00 BC"],
    ["timestamptz infinity", 1184, "infinity", "infinity"],
    ["timestamptz -infinity", 1184, "-infinity", "-infinity"],
    ["timestamptz of another DateStyle", 1184, "Thu Feb 29 12:34:56 2024 UTC", "Thu Feb 29 12:34:56 2024 UTC"],
  ])("%s", (_type, typeId, text, value) => {
    expect(parseValue(typeId, text)).toStrictEqual(value)
  })
})

describe("arrays are parsed by their element type", () => {
  test.each<[what: string, typeId: number, text: string, value: unknown]>([
    ["empty", 1007, "{}", []],
    ["int4[]", 1007, "{1,-2,NULL}", [1, -2, null]],
    ["bool[]", 1000, "{t,f,NULL}", [true, false, null]],
    ["numeric[] stays text", 1231, "{1.10,NaN}", ["1.10", "NaN"]],
    ["int8[] stays text", 1016, "{9223372036854775807}", ["9223372036854775807"]],
    ["float8[]", 1022, "{NaN,Infinity}", [Number.NaN, Number.POSITIVE_INFINITY]],
    [
      "nested",
      1007,
      "{{1,2},{3,4}}",
      [
        [1, 2],
        [3, 4],
      ],
    ],
    ["three deep", 1007, "{{{1}},{{2}}}", [[[1]], [[2]]]],
    ["bounds", 1007, "[0:1]={1,2}", [1, 2]],
    ["bounds of two dimensions", 1007, "[-1:-1][5:6]={{1,2}}", [[1, 2]]],
    ["quoted text", 1009, '{"a,b","say \\"hi\\"","back\\\\slash","{}"," x ",""}', ["a,b", 'say "hi"', "back\\slash", "{}", " x ", ""]],
    ["the text NULL", 1009, '{"NULL",NULL,null}', ["NULL", null, "null"]],
    ["bytea[]", 1001, '{"\\\\x00ff"}', [bytes(0, 255)]],
    ["jsonb[]", 3807, '{"{\\"a\\": 1}",NULL}', [{ a: 1 }, null]],
    ["timestamptz[]", 1185, '{"2024-01-01 00:00:00+00",infinity}', [new Date("2024-01-01T00:00:00Z"), "infinity"]],
    ["box[] has a semicolon", 1020, "{(1,1),(0,0);(2,2),(1,1)}", ["(1,1),(0,0)", "(2,2),(1,1)"]],
  ])("%s", (_what, typeId, text, value) => {
    expect(parseValue(typeId, text)).toStrictEqual(value)
  })

  test.each(["", "1", "{", "{1", "{1,", "{1,}", "{,1}", "{1}}", "{{1}", '{"a', '{"a\\', '{"a"b}', "[0:1]{1}", "{1};"])(
    "invalid array text stays text: %j",
    (text) => expect(parseValue(1009, text)).toBe(text),
  )
})

test("NULL is null for every type", () => {
  expect(parseValue(25, null)).toBeNull()
  expect(parseValue(1007, null)).toBeNull()
})

test("a caller's parser overrides the table's, also for arrays of its type", () => {
  const types: ValueParsers = { 20: BigInt }
  expect(parseValue(20, "9223372036854775807", types)).toBe(9223372036854775807n)
  expect(parseValue(1016, "{1,NULL}", types)).toEqual([1n, null])
  expect(parseValue(23, "1", types)).toBe(1)
  expect(parseValue(1016, "{1}", { ...types, 1016: (text) => text })).toBe("{1}")
})

test("no parser of the table throws, for any text", () => {
  for (const [typeId, parser] of Object.entries(valueParsers))
    for (const text of ["", "\\", "{", "[", "NULL", "\0", "\\x", "{\\", "999999-99-99 99:99:99+99", "💥", "[1:2]=", "-"])
      expect(() => parser(text), `OID ${typeId}, text ${JSON.stringify(text)}`).not.toThrow()
})

test("the table is immutable", () => {
  expect(() => Object.assign(valueParsers, { 20: Number })).toThrow(TypeError)
})
