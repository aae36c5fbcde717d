import { checkCopyStatement, copyDirectionOf } from "@pgsd/driver"
import { describe, expect, test } from "vitest"
import { formatOptionOf } from "../src/copy-statement.ts"

describe("direction of a COPY", () => {
  test.each([
    ["COPY t FROM STDIN", "in"],
    ["copy t (a, b) from stdin with (format csv)", "in"],
    ["-- c\n/* to stdout */ COPY t FROM STDIN WHERE a > 1", "in"],
    ["COPY (SELECT 'from stdin' FROM t) TO STDOUT", "out"],
    [" ; -- c\n; COPY t FROM STDIN", "in"],
    ['COPY "from stdin" TO STDOUT', "out"],
    ["COPY (SELECT $$ from stdin $$, E'\\' from stdin') TO STDOUT", "out"],
    ["COPY t FROM '/tmp/from stdin'", undefined],
    ["COPY t TO PROGRAM 'cat'", undefined],
    ["SELECT 'COPY t FROM STDIN'", undefined],
    ["COPY t; SELECT 1 FROM STDIN", undefined],
    ["", undefined],
  ])("%s: %s", (sql, direction) => expect(copyDirectionOf(sql)).toBe(direction))

  test("the error names the expected form and an alternative", () => {
    expect(() => checkCopyStatement("SELECT 1", "in")).toThrow("the statement of copyFrom() must be COPY … FROM STDIN (use query()")
    expect(() => checkCopyStatement(7, "out")).toThrow("must be a string")
  })
})

describe("options that change the format of rows", () => {
  test.each([
    ["COPY t FROM STDIN", undefined],
    ["COPY t (a) FROM STDIN WITH (FORMAT text, FREEZE true)", undefined],
    ["COPY t FROM STDIN (FREEZE, FORMAT TEXT)", undefined],
    ["COPY t FROM STDIN WHERE csv IS NOT NULL", undefined],
    ["COPY t FROM STDIN WITH (ON_ERROR ignore)", undefined],
    ["COPY t FROM STDIN WITH (FORMAT csv)", "FORMAT"],
    ["COPY t FROM STDIN CSV", "CSV"],
    ["COPY t FROM STDIN WITH CSV HEADER", "CSV"],
    ["COPY t FROM STDIN WITH (DELIMITER ';')", "DELIMITER"],
    ["COPY t FROM STDIN NULL AS ''", "NULL"],
    ["COPY t FROM STDIN WITH (FORMAT 'csv')", "FORMAT"],
    ['COPY t FROM STDIN WITH (FORMAT "csv")', "FORMAT"],
    ["COPY t FROM STDIN WITH (HEADER)", "HEADER"],
    ["COPY BINARY t FROM STDIN", "BINARY"],
  ])("%s: %s", (sql, option) => expect(formatOptionOf(sql)).toBe(option))
})
