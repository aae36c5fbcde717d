import { afterAll, beforeAll, expect, test } from "vitest"
import { restrictedTo } from "../src/snapshot/scope.ts"
import { type CaseServer, caseServer } from "./support/case-server.ts"

let server: CaseServer
beforeAll(async () => {
  server = await caseServer(18)
})
afterAll(() => server[Symbol.asyncDispose]())

const of = (name: string) => `CREATE SCHEMA ${name}; SET search_path = ${name};
  CREATE TYPE mood AS ENUM ('sad', 'ok'); CREATE DOMAIN positive AS int CHECK (VALUE > 0); CREATE TYPE pair AS (a int, b text);
  CREATE TABLE t (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, s serial, b int CHECK (b > 0), m mood, UNIQUE (b, m));
  CREATE VIEW v AS SELECT id, b FROM t; CREATE INDEX ON t (m); CREATE STATISTICS st ON b, m FROM t; CREATE SEQUENCE q;
  CREATE FUNCTION f(int) RETURNS int LANGUAGE sql AS 'SELECT 1'; CREATE AGGREGATE total(int) (SFUNC = int4pl, STYPE = int);
  CREATE POLICY p ON t; CREATE RULE r AS ON DELETE TO v DO INSTEAD NOTHING; CREATE COLLATION c (LOCALE = 'C');
  CREATE OPERATOR === (LEFTARG = int, RIGHTARG = int, FUNCTION = int4eq); CREATE TEXT SEARCH CONFIGURATION ts (COPY = english);
  ALTER DEFAULT PRIVILEGES IN SCHEMA ${name} GRANT SELECT ON TABLES TO PUBLIC; GRANT SELECT ON t TO PUBLIC; COMMENT ON COLUMN v.b IS 'b';`

const SQL = `${of("a")} ${of("b")} ALTER TABLE a.t ADD COLUMN other b.mood; CREATE TABLE b.child () INHERITS (a.t); ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO PUBLIC;
  CREATE FOREIGN DATA WRAPPER w; CREATE SERVER srv FOREIGN DATA WRAPPER w; CREATE PUBLICATION pub FOR TABLE a.t; CREATE CAST (a.pair AS text) WITH INOUT; CREATE STATISTICS a.of_b ON b, m FROM b.t;`

test.each([
  { schemas: ["a"], excludedSchemas: [] },
  { schemas: ["a", "b"], excludedSchemas: ["b"] },
  { schemas: null, excludedSchemas: ["a", "public"] },
  { schemas: ["nowhere"], excludedSchemas: [] },
])("selecting %o from a full snapshot equals reading only that", async (scope) => {
  const everything = await server.read(SQL)
  const part = await server.read(SQL, { schemas: scope.schemas ?? undefined, excludedSchemas: scope.excludedSchemas })
  expect(restrictedTo(everything, scope)).toEqual(part)
  expect(part.objects.length).toBeLessThan(everything.objects.length)
})
