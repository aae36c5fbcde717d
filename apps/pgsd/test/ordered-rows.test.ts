import { createDatabaseConnector } from "@pgsd/connector"
import { pgDriver } from "@pgsd/driver-pg"
import { availableVersions, type PostgresServer, postgresServer } from "@pgsd/testing/server"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { readFence } from "../src/catalog/fence.ts"
import { readCatalog } from "../src/catalog/read-catalog.ts"
import { recordedTexts } from "./support/recorded-texts.ts"
import { unorderedLists } from "./support/unordered-lists.ts"

describe("the check for unordered lists", () => {
  test.each([
    "SELECT string_agg(x, ',') FROM t",
    "SELECT pg_catalog.array_agg(DISTINCT (x)) FROM t",
    "SELECT json_object_agg(a, b) FROM t ORDER BY a",
    "SELECT ARRAY(SELECT x FROM (SELECT x FROM t ORDER BY x) AS s)",
    "SELECT x FROM t LIMIT 1",
    "SELECT DISTINCT ON (x) x, y FROM t",
  ])("finds %s", (text) => expect(unorderedLists(text)).toHaveLength(1))

  test.each([
    "SELECT string_agg(x, ',' ORDER BY x) FROM t",
    "SELECT ARRAY(SELECT x FROM t ORDER BY x)",
    "SELECT x FROM t ORDER BY x LIMIT 1",
    "SELECT ARRAY['a', 'b']",
  ])("passes %s", (text) => expect(unorderedLists(text)).toEqual([]))
})

// Everything that could change the order in which rows arrive.
const PLANS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  usual: {},
  parallel: {
    parallel_setup_cost: "0",
    parallel_tuple_cost: "0",
    min_parallel_table_scan_size: "0",
    min_parallel_index_scan_size: "0",
    max_parallel_workers_per_gather: "4",
  },
  "without hashes": { enable_hashjoin: "off", enable_hashagg: "off" },
  "without indexes": { enable_indexscan: "off", enable_bitmapscan: "off", enable_indexonlyscan: "off", enable_nestloop: "off" },
  "without sorts": { enable_sort: "off", enable_mergejoin: "off", enable_seqscan: "off" },
}

describe.each(availableVersions())("on PostgreSQL %i", (version) => {
  let server: PostgresServer
  beforeAll(async () => {
    server = await postgresServer({ version })
    await server.sql(`CREATE ROLE app_a; CREATE ROLE app_b; CREATE TYPE mood AS ENUM ('b', 'a', 'c'); CREATE TYPE pair AS (b int, a int);
      DO $$ BEGIN FOR i IN 1..40 LOOP
        EXECUTE format('CREATE TABLE t%s (b int NOT NULL, a text DEFAULT ''x'', c mood, UNIQUE (b, a), CHECK (b > 0)) WITH (fillfactor = 70, autovacuum_enabled = off)', i);
        EXECUTE format('CREATE INDEX ON t%s (a)', i);
        EXECUTE format('GRANT UPDATE, SELECT ON t%s TO app_b, app_a', i);
        EXECUTE format('CREATE VIEW v%s AS SELECT a, b FROM t%s', i, i);
        EXECUTE format('CREATE FUNCTION f%s(b int, a int) RETURNS int LANGUAGE sql AS ''SELECT 1''', i);
      END LOOP; END $$;
      CREATE PUBLICATION pub FOR TABLE t3, t1, t2; ANALYZE`)
  })
  afterAll(() => server.close())

  test("no statement returns a list without ORDER BY", async () => {
    const connection = await pgDriver().connect(server.target())
    const { recorded, texts } = recordedTexts(connection)
    await readCatalog(createDatabaseConnector(recorded))
    expect(texts().length).toBeGreaterThan(10)
    expect(texts().flatMap(unorderedLists)).toEqual([])
    await connection.close()
  })

  test("the result is the same for every plan", async () => {
    const answers = []
    for (const settings of Object.values(PLANS)) {
      const connection = await pgDriver().connect(server.target())
      for (const [name, value] of Object.entries(settings)) await connection.query(`SET ${name} = '${value}'`)
      const catalog = await readCatalog(createDatabaseConnector(connection))
      answers.push(JSON.stringify(catalog))
      await connection.close()
    }
    expect(new Set(answers).size).toBe(1)
  }, 120_000)

  test("under parallel plans the fence of an unchanged schema is stable", async () => {
    const connection = await pgDriver().connect(server.target())
    for (const [name, value] of Object.entries(PLANS.parallel!)) await connection.query(`SET ${name} = '${value}'`)
    const connector = createDatabaseConnector(connection)
    const fences = new Set<string>()
    for (let time = 0; time < 10; time++) fences.add(await connector.readOnlySnapshot((snapshot) => readFence(snapshot)))
    expect(fences.size).toBe(1)
    await connection.close()
  })
})
