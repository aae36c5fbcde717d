import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { Descriptions } from "../src/query-text.ts"

const textOf = (sql: string) => new Descriptions("sanitized").of(sql).text
const summaryOf = (sql: string) => new Descriptions("none").of(sql).summary

describe("db.query.text", () => {
  test.each([
    ["SELECT 'secret', 42, 1.5e3, .5, TRUE FROM t", "SELECT ?, ?, ?, ?, ? FROM t"],
    ["SELECT E'it\\'s', b'1', X'ff', n'x', U&'\\0061', 'it''s'", "SELECT ?, ?, ?, ?, ?, ?"],
    ["SELECT $$dollar$$, $tag$ $$ '$tag$, $1::text", "SELECT ?, ?, $1::text"],
    ['SELECT "quoted 7", t7.a1 FROM t7', 'SELECT "quoted 7", t7.a1 FROM t7'],
    ["SELECT date'2020-01-01', a$b$c", "SELECT date?, a$b$c"],
    ["SELECT 1 /* one /* in */ another */ -- rest\n+ 2", "SELECT ?    \n+ ?"],
    ["SELECT 'no end", "SELECT ?"],
    ["/* no end", ""],
  ])("%s", (sql, expected) => expect(textOf(sql)).toBe(expected))

  test("the start of a long statement, without any part of a truncated literal", () => {
    const text = textOf(`INSERT INTO t VALUES ('${"secret ".repeat(10_000)}')`)
    expect(text).toBe("INSERT INTO t VALUES (?")
    expect(new Descriptions("full").of(`SELECT '${"x".repeat(10_000)}'`).text).toHaveLength(4_096)
  })

  test("no part of a literal is left in any context", () => {
    const literal = fc.constantFrom(
      "'secret'",
      "E'\\'secret'",
      "$$secret$$",
      "$q$secret$q$",
      "U&'secret'",
      "/* secret */",
      "-- secret\n",
      "4711",
    )
    const other = fc.constantFrom("SELECT ", ", ", '"a"', "(", ")", " FROM t ", "::text", " $1 ", ";", "a.b", " ", "\n")
    fc.assert(
      fc.property(
        fc.array(
          fc.oneof(
            literal.map((text) => ` ${text} `),
            other,
          ),
          { maxLength: 12 },
        ),
        (parts) => {
          const { text, summary } = new Descriptions("sanitized").of(parts.join(""))
          expect(`${text} ${summary}`).not.toMatch(/secret|4711/)
        },
      ),
    )
  })
})

describe("db.query.summary", () => {
  test.each([
    ["SELECT * FROM wuser_table WHERE username = ?", "SELECT wuser_table"],
    [
      "INSERT INTO shipping_details (order_id, address) SELECT order_id, address FROM orders WHERE id = $1",
      "INSERT shipping_details SELECT orders",
    ],
    ["SELECT * FROM songs, artists WHERE songs.artist_id = artists.id", "SELECT songs artists"],
    [
      "SELECT order_date FROM (SELECT * FROM orders o JOIN customers c ON o.customer_id = c.customer_id) x",
      "SELECT SELECT orders customers",
    ],
    ['SELECT * FROM "song list", app."Artists" a ORDER BY 1, 2', 'SELECT "song list" app."Artists"'],
    ["select 1", "select"],
    ["CALL app.renew($1)", "CALL app.renew"],
    ["UPDATE ONLY t SET a = 1 FROM u WHERE t.id = u.id", "UPDATE t u"],
    ["DELETE FROM a USING b WHERE a.id = b.id RETURNING *", "DELETE a b"],
    ["MERGE INTO t USING s ON t.id = s.id WHEN MATCHED THEN UPDATE SET a = s.a WHEN NOT MATCHED THEN INSERT VALUES (1)", "MERGE t s"],
    ["INSERT INTO t (id) VALUES (1) ON CONFLICT (id) DO UPDATE SET n = 1", "INSERT t"],
    ["WITH gone AS (DELETE FROM queue RETURNING *) INSERT INTO done SELECT * FROM gone", "DELETE queue INSERT done SELECT gone"],
    ["SELECT extract(year FROM d), a IS DISTINCT FROM b FROM t FOR UPDATE OF t", "SELECT t"],
    ["SELECT * FROM generate_series(1, 5) g, u", "SELECT u"],
    ["SELECT a FROM t UNION SELECT b FROM u", "SELECT t SELECT u"],
    ["COPY t (a, b) FROM STDIN", "COPY t"],
    ["COPY (SELECT * FROM t) TO STDOUT", "COPY SELECT t"],
    ["EXPLAIN (ANALYZE) UPDATE t SET a = 1", "EXPLAIN UPDATE t"],
    ["DECLARE pgsd_1 NO SCROLL CURSOR FOR SELECT * FROM t", "DECLARE SELECT t"],
    ["FETCH FORWARD 100 FROM pgsd_1", "FETCH"],
    ["SAVEPOINT pgsd_7", "SAVEPOINT"],
    ["CREATE TABLE IF NOT EXISTS t (id int REFERENCES u (id) ON DELETE CASCADE)", "CREATE TABLE t"],
    ["ALTER TABLE t ALTER COLUMN a DROP DEFAULT", "ALTER TABLE t"],
    ["CREATE VIEW v AS SELECT * FROM t", "CREATE VIEW v SELECT t"],
    ["TRUNCATE TABLE a, b", "TRUNCATE a b"],
    ["BEGIN; INSERT INTO t VALUES (1); COMMIT", "BEGIN INSERT t COMMIT"],
    ["GRANT SELECT ON t TO u", "GRANT"],
    ["/* who */ (SELECT 1 FROM t)", "SELECT t"],
    ["", ""],
  ])("%s", (sql, expected) => expect(summaryOf(sql)).toBe(expected))

  test("at most 255 characters, no truncated name", () => {
    const names = Array.from({ length: 60 }, (_, n) => `table_${n}`)
    const summary = summaryOf(`SELECT * FROM ${names.join(", ")}`)
    expect(summary.length).toBeLessThanOrEqual(255)
    expect(names).toContain(summary.split(" ").at(-1))
    expect(summaryOf(`${"x".repeat(300)} y`)).toBe("")
  })

  test("any text has one", () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 200 }), (sql) => {
        expect(summaryOf(sql).length).toBeLessThanOrEqual(255)
      }),
    )
    for (const part of ["(", '"', "'", "$a$", "/*", "--", "select ", "a.", "from (", "e'"])
      expect(typeof summaryOf(part.repeat(2_000))).toBe("string")
  })
})

test("the cache is bounded, and a dropped entry is computed again correctly", () => {
  const descriptions = new Descriptions("sanitized")
  const first = descriptions.of("SELECT 0 FROM t0")
  expect(descriptions.of("SELECT 0 FROM t0")).toBe(first)
  for (let n = 1; n <= 256; n++) descriptions.of(`SELECT ${n} FROM t${n}`)
  expect(descriptions.of("SELECT 0 FROM t0")).not.toBe(first)
  expect(descriptions.of("SELECT 0 FROM t0")).toEqual(first)
})
