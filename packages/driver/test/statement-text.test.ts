import { expect, test } from "vitest"
import { bareText, changesEncodingAmongOthers } from "../src/statement-text.ts"

test.each([
  "SET client_encoding = 'LATIN1'; SELECT 1",
  "set session client_encoding to latin1;\nselect 1",
  "SET LOCAL client_encoding TO WIN1252; SELECT 1",
  "SELECT 1; SET NAMES 'latin1'; SELECT 2; RESET client_encoding",
  "SELECT pg_catalog.set_config('client_encoding', 'LATIN1', false); SELECT 1",
  "SET client_encoding = 'UTF8'; SET client_encoding = 'SQL_ASCII'; SELECT 1",
  "; /* first */ SET NAMES 'latin1' ; -- and\nSELECT 1",
])("another encoding: %j", (sql) => {
  expect(changesEncodingAmongOthers(sql)).toBe(true)
})

test.each([
  "SET client_encoding = 'LATIN1'",
  "SET client_encoding = 'LATIN1'; -- alone",
  "SET client_encoding = 'UTF8';\nSELECT 1",
  "SET client_encoding = UTF8; SELECT 1",
  `SET client_encoding = "unicode"; SELECT 1`,
  "SET NAMES 'utf-8'; SELECT 1",
  "SET client_encoding TO DEFAULT; SELECT 1",
  "RESET client_encoding; SELECT 1",
  "SHOW client_encoding; SELECT 1",
  "SELECT set_config('client_encoding', 'UTF8', false); SELECT 1",
  "SELECT 1; SELECT 2",
  "INSERT INTO notes VALUES ('use; SET client_encoding = latin1'); SELECT 1",
  "/* ; SET NAMES 'latin1'; */ SELECT 1; SELECT 2",
  "SELECT $$; SET NAMES 'latin1'; set_config('client_encoding', 'LATIN1', false)$$; SELECT 2",
  "DO $$ BEGIN PERFORM set_config('client_encoding', 'LATIN1', false); END $$",
])("none: %j", (sql) => {
  expect(changesEncodingAmongOthers(sql)).toBe(false)
})

// As scan.l reads it. What is hidden in a quote may hide the end of a transaction, or a value that must not be shown.
test.each([
  ["SELECT 1 AS a$b$; COMMIT; SELECT 2 AS c$b$", "SELECT 1 AS a$b$; COMMIT; SELECT 2 AS c$b$"],
  ["SELECT 1 AS é$b$; COMMIT; SELECT 2 AS c$b$", "SELECT 1 AS é$b$; COMMIT; SELECT 2 AS c$b$"],
  ["SELECT $1$b$; COMMIT; $b$", "SELECT $1 "],
  ["SELECT 1a$b$; COMMIT; SELECT 2 AS c$b$", "SELECT 1a$b$; COMMIT; SELECT 2 AS c$b$"],
  ["SELECT e$'\\'; COMMIT; SELECT ''", "SELECT e$''; COMMIT; SELECT ''"],
  ["SELECT 1,$b$; COMMIT; $b$", "SELECT 1, "],
  ["SELECT E'a'\n'\\''; COMMIT; SELECT ''", "SELECT E''; COMMIT; SELECT ''"],
  ["SELECT E'a' -- one\n  -- two\n '\\'; COMMIT; '", "SELECT E''"],
  ["SELECT 'a'\n'\\'; COMMIT; SELECT ''", "SELECT ''; COMMIT; SELECT ''"],
  ["SELECT 'a' 'b'", "SELECT '' ''"],
  ["SELECT 1 AS éE'\\'; COMMIT; SELECT ''", "SELECT 1 AS éE''; COMMIT; SELECT ''"],
  [`SELECT 'x' ${"-".repeat(100)}\n AND ${"-- ".repeat(100)}\n b`, "SELECT ''  \n AND  \n b"],
  [`SELECT "a"\n'b'`, `SELECT ""\n''`],
])("%j", (text, bare) => {
  expect(bareText(text)).toBe(bare)
})

// Each once took seconds to minutes, with the process standing still.
test.each([
  ["a name", "a$"],
  ["dollars", "$"],
  ["parameters", "$1"],
  ["tags", "$a$b"],
  ["tags that are not closed", "$a"],
  ["strings", "''"],
  ["strings in lines", "'a'\n"],
  ["comments", "--\n"],
  ["comments in comments", "/*"],
  ["letters before strings", "e'"],
  ["quotes", '"'],
  ["points", "."],
])("the time it takes is linear: %s", (_, part) => {
  const textOf = (length: number) => `x${part.repeat(length)}; SET NAMES 'latin1'; SELECT 1`
  const timeOf = (text: string) => {
    const began = performance.now()
    bareText(text)
    changesEncodingAmongOthers(text)
    return performance.now() - began
  }
  timeOf(textOf(2_000))
  expect(timeOf(textOf(200_000))).toBeLessThan(1_000)
})
