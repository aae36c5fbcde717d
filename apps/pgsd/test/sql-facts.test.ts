import { readdirSync, readFileSync } from "node:fs"
import { afterAll, beforeAll, expect, test } from "vitest"
import type { SchemaObject } from "../src/model/catalog.ts"
import { settingsOf } from "../src/sql/settings.ts"
import { type CaseServer, caseServer } from "./support/case-server.ts"

/** An object of every kind that has statements. Facts that are "none" are read, too. */
const EVERYTHING = `
  CREATE SCHEMA s; CREATE SEQUENCE q; CREATE TYPE e AS ENUM ('a'); CREATE TYPE c AS (a int); CREATE DOMAIN d AS int; CREATE TYPE r AS RANGE (subtype = int);
  CREATE COLLATION co (provider = icu, locale = 'de'); CREATE TABLE t (a int PRIMARY KEY, b text); CREATE INDEX i ON t (b); CREATE STATISTICS st ON a, b FROM t;
  CREATE TABLE p (a int) PARTITION BY LIST (a); CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1); CREATE TABLE ch (z int GENERATED ALWAYS AS IDENTITY) INHERITS (t);
  CREATE VIEW v AS SELECT a FROM t; CREATE MATERIALIZED VIEW m AS SELECT a FROM t; CREATE RULE ru AS ON DELETE TO t DO INSTEAD NOTHING;
  CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'; CREATE PROCEDURE pr() LANGUAGE sql AS '';
  CREATE TRIGGER tr BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION f(); CREATE POLICY po ON t; CREATE PUBLICATION pu FOR TABLE t;
  CREATE FUNCTION ef() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END'; CREATE EVENT TRIGGER ev ON ddl_command_end EXECUTE FUNCTION ef();
  CREATE TEXT SEARCH CONFIGURATION tc (COPY = simple); CREATE FOREIGN DATA WRAPPER w; CREATE SERVER srv FOREIGN DATA WRAPPER w; CREATE FOREIGN TABLE ft (a int) SERVER srv;`

/** What the comparison, not a reader, puts into the facts of owners, grants and comments. */
const OF_PARTS = ["comment", "owner", "privileges"]

let server: CaseServer
let objects: readonly SchemaObject[]
beforeAll(async () => {
  server = await caseServer(18)
  objects = (await server.read(EVERYTHING)).objects
})
afterAll(() => server[Symbol.asyncDispose]())

test("every setting that the script sets on a kind is a fact that the reader of this kind gives", () => {
  const kinds = [...new Set(objects.map(({ kind }) => kind))]
  const settings = kinds.flatMap((kind) => settingsOf({ kind }).map((name) => [kind, name] as const))
  expect(settings.length).toBeGreaterThan(8)
  const unread = settings.filter(([of, name]) => !objects.some(({ kind, implied, facts }) => kind === of && !implied && name in facts))
  expect(unread).toEqual([])
})

test("every fact that src/sql names is a fact that some reader gives", () => {
  const folder = new URL("../src/sql/", import.meta.url)
  const text = readdirSync(folder)
    .map((file) => readFileSync(new URL(file, folder), "utf8"))
    .join("\n")
  const taken = [...text.matchAll(/\{ ([^{}]*) \}(?: = [\w.!]*facts\b|: SchemaObject\["facts"\])/g)].flatMap(([, list]) =>
    list!.split(",").map((each) => each.trim().replace(/:.*/, "")),
  )
  const lists = [...text.matchAll(/(?:SAID|known) = \[([^\]]*)\]/g), ...text.matchAll(/otherFacts\(\w+, \[([^\]]*)\]/g)].flatMap(
    ([, list]) => [...list!.matchAll(/"(\w+)"/g)].map(([, name]) => name!),
  )
  const named = new Set([...[...text.matchAll(/\bfacts!?\.(\w+)/g)].map(([, name]) => name!), ...taken, ...lists])
  expect(named.size).toBeGreaterThan(50)
  const read = new Set(objects.flatMap(({ facts }) => Object.keys(facts)))
  expect([...named].filter((name) => !read.has(name) && !OF_PARTS.includes(name)).sort()).toEqual([])
})
