const bytes = (...values: number[]) => new Uint8Array(values)

/** A value received from the server. */
export interface ReadValue {
  readonly expression: string
  /** The type's OID; undefined for a type that the law creates. */
  readonly typeId: number | undefined
  /** As printed with TimeZone UTC, DateStyle ISO, IntervalStyle postgres. */
  readonly text: string | null
  readonly value: unknown
}

const read = (expression: string, typeId: number | undefined, text: string | null, value: unknown = text): ReadValue => ({
  expression,
  typeId,
  text,
  value,
})

/** The value table, with a row for each known mistake of drivers. */
export const READ_VALUES: readonly ReadValue[] = [
  read("true", 16, "t", true),
  read("false", 16, "f", false),
  read("'-32768'::int2", 21, "-32768", -32768),
  read("2147483647::int4", 23, "2147483647", 2147483647),
  read("4294967295::oid", 26, "4294967295", 4294967295),
  read("1.5::float4", 700, "1.5", 1.5),
  read("'-1e-300'::float8", 701, "-1e-300", -1e-300),
  read("'NaN'::float8", 701, "NaN", Number.NaN),
  read("'-Infinity'::float8", 701, "-Infinity", Number.NEGATIVE_INFINITY),
  read("'-0'::float8", 701, "-0", -0),
  read("9223372036854775807::int8", 20, "9223372036854775807"),
  read("1.10::numeric", 1700, "1.10"),
  read("'NaN'::numeric", 1700, "NaN"),
  read("123456789012345678901234567890.123456789::numeric", 1700, "123456789012345678901234567890.123456789"),
  read("'12.34'::float8::numeric::money", 790, "$12.34"),
  read("'2024-02-29'::date", 1082, "2024-02-29"),
  read("'infinity'::date", 1082, "infinity"),
  read("'0044-03-15 BC'::date", 1082, "0044-03-15 BC"),
  read("'24:00:00'::time", 1083, "24:00:00"),
  read("'12:00:00+02'::timetz", 1266, "12:00:00+02"),
  read("'2024-03-31 02:30:00'::timestamp", 1114, "2024-03-31 02:30:00"),
  read("'-infinity'::timestamp", 1114, "-infinity"),
  read("'2024-02-29 12:34:56.789+02'::timestamptz", 1184, "2024-02-29 10:34:56.789+00", new Date("2024-02-29T10:34:56.789Z")),
  read("'2024-02-29 12:34:56.123999+00'::timestamptz", 1184, "2024-02-29 12:34:56.123999+00", new Date("2024-02-29T12:34:56.123Z")),
  read("'0044-03-15 00:00:00+00'::timestamptz", 1184, "0044-03-15 00:00:00+00", new Date("0044-03-15T00:00:00Z")),
  read("'infinity'::timestamptz", 1184, "infinity"),
  read("'0044-03-15 00:00:00+00 BC'::timestamptz", 1184, "0044-03-15 00:00:00+00 BC"),
  read("'1 year 2 mons -3 days 04:05:06.7'::interval", 1186, "1 year 2 mons -3 days +04:05:06.7"),
  read("'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11'::uuid", 2950, "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"),
  read("'it''s \"x\" \\ {}'::text", 25, `it's "x" \\ {}`),
  read("''::text", 25, ""),
  read("'💙 é'::text", 25, "💙 é"),
  read("'ab'::char(4)", 1042, "ab  "),
  read('\'{"a": [1, null, "x"]}\'::json', 114, '{"a": [1, null, "x"]}', { a: [1, null, "x"] }),
  read("'{\"a\": 1.5}'::jsonb", 3802, '{"a": 1.5}', { a: 1.5 }),
  read("'\"text\"'::jsonb", 3802, '"text"', "text"),
  read("'null'::json", 114, "null", null),
  read("'\\x00ff5c27'::bytea", 17, "\\x00ff5c27", bytes(0, 255, 0x5c, 0x27)),
  read("'\\x'::bytea", 17, "\\x", bytes()),
  read("'{1,NULL,-3}'::int4[]", 1007, "{1,NULL,-3}", [1, null, -3]),
  read("'{}'::int4[]", 1007, "{}", []),
  read("'{{1,2},{3,4}}'::int4[]", 1007, "{{1,2},{3,4}}", [
    [1, 2],
    [3, 4],
  ]),
  read("'[0:1]={7,8}'::int4[]", 1007, "[0:1]={7,8}", [7, 8]),
  read("'{t,f,NULL}'::bool[]", 1000, "{t,f,NULL}", [true, false, null]),
  read("'{1.10,NULL}'::numeric[]", 1231, "{1.10,NULL}", ["1.10", null]),
  read("'{9223372036854775807}'::int8[]", 1016, "{9223372036854775807}", ["9223372036854775807"]),
  read("'{NaN,Infinity}'::float8[]", 1022, "{NaN,Infinity}", [Number.NaN, Number.POSITIVE_INFINITY]),
  read(`ARRAY['a,b', 'q"', 'b\\s', 'NULL', '', NULL]`, 1009, '{"a,b","q\\"","b\\\\s","NULL","",NULL}', [
    "a,b",
    'q"',
    "b\\s",
    "NULL",
    "",
    null,
  ]),
  read("ARRAY['\\x00ff'::bytea]", 1001, '{"\\\\x00ff"}', [bytes(0, 255)]),
  read(`ARRAY['{"a": 1}'::jsonb, NULL]`, 3807, '{"{\\"a\\": 1}",NULL}', [{ a: 1 }, null]),
  read("ARRAY['2024-01-01 00:00:00+00'::timestamptz, 'infinity']", 1185, '{"2024-01-01 00:00:00+00",infinity}', [
    new Date("2024-01-01T00:00:00Z"),
    "infinity",
  ]),
  read("ARRAY['2024-01-01'::date]", 1182, "{2024-01-01}", ["2024-01-01"]),
  read("'{((1,1),(0,0));((3,3),(2,2))}'::box[]", 1020, "{(1,1),(0,0);(3,3),(2,2)}", ["(1,1),(0,0)", "(3,3),(2,2)"]),
  read("int4range(1, 5)", 3904, "[1,5)"),
  read("tstzrange('2024-01-01 00:00:00+00', NULL)", 3910, '["2024-01-01 00:00:00+00",)'),
  read("'(1,2)'::point", 600, "(1,2)"),
  read("'192.168.0.0/24'::cidr", 650, "192.168.0.0/24"),
  read("'fat & rat'::tsquery", 3615, "'fat' & 'rat'"),
  read("B'101'", 1560, "101"),
  read("ROW(1, 'a b', NULL)", 2249, '(1,"a b",)'),
  read("'sad'::pg_temp.pgsd_mood", undefined, "sad"),
  read("'{sad,\"not ok\"}'::pg_temp.pgsd_mood[]", undefined, '{sad,"not ok"}'),
  read("NULL::int4", 23, null, null),
  read("NULL::jsonb", 3802, null, null),
  read("NULL::text[]", 1009, null, null),
]

/** A value sent to the server. */
export interface WrittenValue {
  readonly value: unknown
  readonly type: string
  /** The text on the wire. */
  readonly sent: string | null
  /** The server's output for it, with the settings of {@link ReadValue.text}. */
  readonly text: string | null
}

const write = (value: unknown, type: string, sent: string | null, text = sent): WrittenValue => ({ value, type, sent, text })

export const WRITTEN_VALUES: readonly WrittenValue[] = [
  write(null, "int4", null),
  write(42, "int4", "42"),
  write(-0, "float8", "-0"),
  write(1e21, "float8", "1e+21"),
  write(Number.NaN, "float8", "NaN"),
  write(Number.NEGATIVE_INFINITY, "float8", "-Infinity"),
  write(0.1, "numeric", "0.1"),
  write(9223372036854775807n, "int8", "9223372036854775807"),
  write(true, "bool", "true", "true"),
  write(false, "text", "false"),
  write("", "text", ""),
  write("NULL", "text", "NULL"),
  write(`it's "x" \\ $1 {}; --`, "text", `it's "x" \\ $1 {}; --`),
  write("💙 é", "text", "💙 é"),
  write("007", "text", "007"),
  write("1.10", "numeric", "1.10"),
  write("2024-02-29", "date", "2024-02-29"),
  write("infinity", "timestamptz", "infinity"),
  write(new Date("2024-02-29T12:34:56.789Z"), "timestamptz", "2024-02-29 12:34:56.789+00"),
  write(new Date("2024-02-29T23:34:56.789Z"), "timestamp", "2024-02-29 23:34:56.789+00", "2024-02-29 23:34:56.789"),
  write(new Date("2024-02-29T23:30:00.000Z"), "date", "2024-02-29 23:30:00.000+00", "2024-02-29"),
  write(new Date("-000043-03-15T00:00:00.000Z"), "timestamptz", "0044-03-15 00:00:00.000+00 BC", "0044-03-15 00:00:00+00 BC"),
  write(bytes(0, 255, 92, 39), "bytea", "\\x00ff5c27"),
  write(bytes(), "bytea", "\\x"),
  write({ a: [1, "x", null], b: undefined }, "jsonb", '{"a":[1,"x",null]}', '{"a": [1, "x", null]}'),
  write({ a: 'q"\\' }, "json", '{"a":"q\\"\\\\"}'),
  write('"text"', "jsonb", '"text"'),
  write(new URL("https://example.org/x"), "text", "https://example.org/x"),
  write(Object("boxed"), "text", "boxed"),
  write("[1, 2]", "jsonb", "[1, 2]"),
  write([], "int4[]", "{\f}", "{}"),
  write([1, null, -3], "int4[]", '{"1",NULL,"-3"}', "{1,NULL,-3}"),
  write(
    [
      [1, 2],
      [3, 4],
    ],
    "int4[]",
    '{{"1","2"},{"3","4"}}',
    "{{1,2},{3,4}}",
  ),
  write(["a,b", 'q"', "b\\s", "NULL", "", null], "text[]", '{"a,b","q\\"","b\\\\s","NULL","",NULL}'),
  write([true, false], "bool[]", '{"true","false"}', "{t,f}"),
  write([new Date(0)], "timestamptz[]", '{"1970-01-01 00:00:00.000+00"}', '{"1970-01-01 00:00:00+00"}'),
  write([bytes(1)], "bytea[]", '{"\\\\x01"}'),
  write([{ a: 1 }], "jsonb[]", '{"{\\"a\\":1}"}', '{"{\\"a\\": 1}"}'),
]

/** Values without a PostgreSQL form. */
export const REFUSED_VALUES: readonly (readonly [what: string, value: unknown])[] = [
  ["undefined", undefined],
  ["a function", () => 1],
  ["a symbol", Symbol("s")],
  ["an invalid Date", new Date(Number.NaN)],
  ["text with NUL", "a\0b"],
  ["an unpaired surrogate", "\ud83d"],
  ["a Map", new Map([[1, 2]])],
  ["undefined in an array", [1, undefined]],
]
