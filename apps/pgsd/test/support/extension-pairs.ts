import { type KindPair, pair, since } from "./kind-pair.ts"

const ROLE = "DO $$ BEGIN IF to_regrole('pgsd_case_a') IS NULL THEN CREATE ROLE pgsd_case_a; END IF; END $$;"
const E =
  "CREATE SCHEMA e; CREATE EXTENSION citext SCHEMA e VERSION '1.6'; CREATE EXTENSION dict_int SCHEMA e; CREATE EXTENSION pg_buffercache SCHEMA e VERSION '1.3';"
const CITEXT = "changed extension citext"
const CHANGES: Readonly<Record<string, string>> = {
  "the body of an extension's function": `CREATE OR REPLACE FUNCTION e.citext_eq(e.citext, e.citext) RETURNS bool IMMUTABLE STRICT PARALLEL SAFE LANGUAGE sql AS 'SELECT true'`,
  "a property of an extension's function": "ALTER FUNCTION e.citext_eq(e.citext, e.citext) COST 7",
  "comment on an extension's type": "COMMENT ON TYPE e.citext IS 'mine'",
  "owner of an extension's type": `${ROLE} ALTER TYPE e.citext OWNER TO pgsd_case_a`,
  "an extension's operator": "ALTER OPERATOR e.=(e.citext, e.citext) SET (JOIN = NONE)",
  "an extension's aggregate":
    "CREATE OR REPLACE AGGREGATE e.min(e.citext) (SFUNC = e.citext_larger, STYPE = e.citext, PARALLEL = safe, COMBINEFUNC = e.citext_larger)",
  "a function that an extension has been given":
    "CREATE FUNCTION e.f() RETURNS int LANGUAGE sql AS 'SELECT 1'; ALTER EXTENSION citext ADD FUNCTION e.f()",
}

const TABLE = `${E} CREATE TABLE e.t (a int PRIMARY KEY, b text CHECK (b <> ''), c int NOT NULL UNIQUE, d int REFERENCES e.t);
  CREATE FUNCTION e.g() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'; CREATE TRIGGER g BEFORE INSERT ON e.t FOR EACH ROW EXECUTE FUNCTION e.g();
  CREATE RULE r AS ON UPDATE TO e.t DO ALSO NOTHING; CREATE POLICY p ON e.t; CREATE STATISTICS e.s ON a, b FROM e.t; CREATE INDEX i ON e.t (b, lower(b));
  ALTER TABLE e.t REPLICA IDENTITY USING INDEX t_pkey;
  ALTER EXTENSION citext ADD TABLE e.t; ALTER EXTENSION citext ADD FUNCTION e.g();`
const TABLE_CHANGES: Readonly<Record<string, string>> = {
  "a default": "ALTER TABLE e.t ALTER b SET DEFAULT 'x'",
  "a statistics target": "ALTER TABLE e.t ALTER b SET STATISTICS 7",
  "a storage mode": "ALTER TABLE e.t ALTER b SET STORAGE EXTERNAL",
  "an option of a column": "ALTER TABLE e.t ALTER b SET (n_distinct = 5)",
  "a storage parameter": "ALTER TABLE e.t SET (fillfactor = 50)",
  "row-level security": "ALTER TABLE e.t ENABLE ROW LEVEL SECURITY",
  "row-level security for its owner": "ALTER TABLE e.t FORCE ROW LEVEL SECURITY",
  "the replica identity": "ALTER TABLE e.t REPLICA IDENTITY FULL",
  "the index of the replica identity": "ALTER TABLE e.t REPLICA IDENTITY USING INDEX t_c_key",
  "the index for CLUSTER": "ALTER TABLE e.t CLUSTER ON i",
  "a storage parameter of the TOAST table": "ALTER TABLE e.t SET (toast.autovacuum_enabled = false)",
  "an index's storage parameter": "ALTER INDEX e.i SET (fillfactor = 50)",
  "a storage parameter of a key's index": "ALTER INDEX e.t_pkey SET (fillfactor = 50)",
  "an index's statistics target": "ALTER INDEX e.i ALTER 2 SET STATISTICS 7",
  "an index's definition": "DROP INDEX e.i; CREATE INDEX i ON e.t (b, upper(b))",
  "an index of a user": "CREATE INDEX j ON e.t (c)",
  "a column of a user": "ALTER TABLE e.t ADD e int",
  "a constraint's definition": "ALTER TABLE e.t DROP CONSTRAINT t_b_check, ADD CONSTRAINT t_b_check CHECK (b <> 'x')",
  "a constraint that is not validated": "ALTER TABLE e.t DROP CONSTRAINT t_b_check, ADD CONSTRAINT t_b_check CHECK (b <> '') NOT VALID",
  "the triggers of a foreign key": "ALTER TABLE e.t DISABLE TRIGGER ALL",
  "whether a trigger is enabled": "ALTER TABLE e.t ENABLE ALWAYS TRIGGER g",
  "a trigger's definition": "DROP TRIGGER g ON e.t; CREATE TRIGGER g BEFORE UPDATE ON e.t FOR EACH ROW EXECUTE FUNCTION e.g()",
  "whether a rule is enabled": "ALTER TABLE e.t DISABLE RULE r",
  "a rule's definition": "CREATE OR REPLACE RULE r AS ON UPDATE TO e.t WHERE OLD.a = 1 DO ALSO NOTHING",
  "a policy's condition": "ALTER POLICY p ON e.t USING (a > 0)",
  "a policy's roles": "ALTER POLICY p ON e.t TO CURRENT_USER",
  "a policy's mode": "DROP POLICY p ON e.t; CREATE POLICY p ON e.t AS RESTRICTIVE",
  "the kinds of a statistics object": "DROP STATISTICS e.s; CREATE STATISTICS e.s (ndistinct) ON a, b FROM e.t",
  "a comment on a statistics object": "COMMENT ON STATISTICS e.s IS 'mine'",
  "a comment on a column": "COMMENT ON COLUMN e.t.b IS 'mine'",
  "a comment on a constraint": "COMMENT ON CONSTRAINT t_b_check ON e.t IS 'mine'",
  "a comment on an index": "COMMENT ON INDEX e.i IS 'mine'",
  "a comment on the index of a key": "COMMENT ON INDEX e.t_pkey IS 'mine'",
  "a comment on a trigger": "COMMENT ON TRIGGER g ON e.t IS 'mine'",
  "a comment on a rule": "COMMENT ON RULE r ON e.t IS 'mine'",
  "a comment on a policy": "COMMENT ON POLICY p ON e.t IS 'mine'",
}

const VIEWS = `${E} CREATE VIEW e.v AS SELECT 1 AS a; CREATE MATERIALIZED VIEW e.m AS SELECT 1 AS a, 'x'::text AS b;
  CREATE FOREIGN DATA WRAPPER w OPTIONS (a 'one'); CREATE SERVER s FOREIGN DATA WRAPPER w OPTIONS (a 'one');
  CREATE FOREIGN TABLE e.f (a int OPTIONS (a 'one')) SERVER s OPTIONS (a 'one');
  CREATE FUNCTION e.h() RETURNS int LANGUAGE sql SET my.secret = 'one' AS 'SELECT 1';
  ALTER EXTENSION citext ADD VIEW e.v; ALTER EXTENSION citext ADD MATERIALIZED VIEW e.m; ALTER EXTENSION citext ADD FOREIGN TABLE e.f;
  ALTER EXTENSION citext ADD FOREIGN DATA WRAPPER w; ALTER EXTENSION citext ADD SERVER s; ALTER EXTENSION citext ADD FUNCTION e.h();`
const VIEW_CHANGES: Readonly<Record<string, string>> = {
  "an option of a view": "ALTER VIEW e.v SET (security_barrier)",
  "a default of a view's column": "ALTER VIEW e.v ALTER a SET DEFAULT 7",
  "a storage parameter of a materialized view": "ALTER MATERIALIZED VIEW e.m SET (fillfactor = 50)",
  "a statistics target of a materialized view": "ALTER MATERIALIZED VIEW e.m ALTER b SET STATISTICS 7",
  "an index of a materialized view": "CREATE INDEX ON e.m (a)",
  "an option of a foreign table": "ALTER FOREIGN TABLE e.f OPTIONS (ADD b 'x')",
  "the value of an option of a foreign table": "ALTER FOREIGN TABLE e.f OPTIONS (SET a 'two')",
  "the value of an option of a foreign table's column": "ALTER FOREIGN TABLE e.f ALTER a OPTIONS (SET a 'two')",
  "the value of an option of a server": "ALTER SERVER s OPTIONS (SET a 'two')",
  "the value of an option of a foreign-data wrapper": "ALTER FOREIGN DATA WRAPPER w OPTIONS (SET a 'two')",
  "the value of a function's setting": "ALTER FUNCTION e.h() SET my.secret = 'two'",
}

const toRole = (sql: string) => `${ROLE} ${sql} TO pgsd_case_a`
const fromPublic = (kind: string) => `REVOKE ALL ON ${kind} FROM PUBLIC`
const PRIVILEGE_CHANGES: Readonly<Record<string, string>> = {
  "a privilege on a table": toRole("GRANT SELECT ON e.t"),
  "a privilege with grant option": `${toRole("GRANT SELECT ON e.t")} WITH GRANT OPTION`,
  "a privilege of a table's owner": "REVOKE TRUNCATE ON e.t FROM CURRENT_USER",
  "a privilege on a column": toRole("GRANT SELECT (a) ON e.t"),
  "a privilege on a row type": fromPublic("TYPE e.t"),
  "a privilege on a function": fromPublic("FUNCTION e.g()"),
  "a privilege on a type": fromPublic("TYPE e.citext"),
}
const OTHERS = `${VIEWS} CREATE SEQUENCE e.q; CREATE SCHEMA other; ALTER EXTENSION citext ADD SEQUENCE e.q; ALTER EXTENSION citext ADD SCHEMA other;`
const OTHER_PRIVILEGE_CHANGES: Readonly<Record<string, string>> = {
  "a privilege on a view": toRole("GRANT SELECT ON e.v"),
  "a privilege on a sequence": toRole("GRANT USAGE ON SEQUENCE e.q"),
  "a privilege on a schema": toRole("GRANT USAGE ON SCHEMA other"),
  "a privilege on a server": toRole("GRANT USAGE ON FOREIGN SERVER s"),
  "a privilege on a foreign-data wrapper": toRole("GRANT USAGE ON FOREIGN DATA WRAPPER w"),
}

const HIERARCHY = `${E} CREATE TABLE e.parent (a int); CREATE TABLE e.child (a int); CREATE TABLE e.whole (a int) PARTITION BY LIST (a);
  CREATE TABLE e.part (a int); CREATE TABLE e.identity (a int GENERATED ALWAYS AS IDENTITY); CREATE TYPE e.c AS (a int);
  CREATE OPERATOR FAMILY e.family USING gist; CREATE FUNCTION e.far(int, int) RETURNS float8 LANGUAGE sql IMMUTABLE AS 'SELECT 1::float8';
  CREATE OPERATOR e.<-> (LEFTARG = int, RIGHTARG = int, FUNCTION = e.far);
  ALTER EXTENSION citext ADD TABLE e.parent; ALTER EXTENSION citext ADD TABLE e.child; ALTER EXTENSION citext ADD TABLE e.whole; ALTER EXTENSION citext ADD TABLE e.part;
  ALTER EXTENSION citext ADD TABLE e.identity; ALTER EXTENSION citext ADD TYPE e.c; ALTER EXTENSION citext ADD OPERATOR FAMILY e.family USING gist;
  ALTER EXTENSION citext ADD FUNCTION e.far(int, int); ALTER EXTENSION citext ADD OPERATOR e.<-> (int, int);`
const HIERARCHY_CHANGES: Readonly<Record<string, string>> = {
  "a parent of a table": "ALTER TABLE e.child INHERIT e.parent",
  "a partition": "ALTER TABLE e.whole ATTACH PARTITION e.part FOR VALUES IN (1)",
  "an option of an identity": "ALTER TABLE e.identity ALTER a SET INCREMENT 7",
  "a comment on an attribute": "COMMENT ON COLUMN e.c.a IS 'mine'",
  "an operator of a family": "ALTER OPERATOR FAMILY e.family USING gist ADD OPERATOR 1 e.<-> (int, int) FOR ORDER BY float_ops",
}
const ORDERING = `${HIERARCHY} ALTER OPERATOR FAMILY e.family USING gist ADD OPERATOR 1 e.<-> (int, int) FOR ORDER BY integer_ops`
const BASE = `${E} CREATE TYPE e.b; CREATE FUNCTION e.b_in(cstring) RETURNS e.b LANGUAGE internal IMMUTABLE STRICT AS 'int4in';
  CREATE FUNCTION e.b_out(e.b) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'int4out';
  CREATE TYPE e.b (INPUT = e.b_in, OUTPUT = e.b_out, LIKE = int4); ALTER EXTENSION citext ADD TYPE e.b;
  ALTER EXTENSION citext ADD FUNCTION e.b_in(cstring); ALTER EXTENSION citext ADD FUNCTION e.b_out(e.b);`
const NULLS = `${E} CREATE TABLE e.n (a int); ALTER TABLE e.n ADD CONSTRAINT n_a NOT NULL a; ALTER EXTENSION citext ADD TABLE e.n;`

const accessMethod = (name: string) =>
  `${E} CREATE ACCESS METHOD other TYPE TABLE HANDLER heap_tableam_handler; CREATE TABLE e.u (a int) USING ${name}; ALTER EXTENSION citext ADD TABLE e.u;`

/** What a user can change of an extension's members. */
export const EXTENSION_PAIRS: readonly KindPair[] = [
  ...Object.entries(TABLE_CHANGES).map(([name, sql]) => pair(`${name} of an extension's table`, TABLE, `${TABLE} ${sql}`, CITEXT)),
  ...Object.entries(VIEW_CHANGES).map(([name, sql]) => pair(`${name} of an extension`, VIEWS, `${VIEWS} ${sql}`, CITEXT)),
  ...Object.entries(PRIVILEGE_CHANGES).map(([name, sql]) => pair(`${name} of an extension`, TABLE, `${TABLE} ${sql}`, CITEXT)),
  ...Object.entries(OTHER_PRIVILEGE_CHANGES).map(([name, sql]) => pair(`${name} of an extension`, OTHERS, `${OTHERS} ${sql}`, CITEXT)),
  ...Object.entries(HIERARCHY_CHANGES).map(([name, sql]) => pair(`${name} of an extension`, HIERARCHY, `${HIERARCHY} ${sql}`, CITEXT)),
  pair(
    "a gap in the columns of an extension's table, where nothing differs",
    `${E} CREATE TABLE e.gap (a int, b int GENERATED ALWAYS AS IDENTITY); COMMENT ON COLUMN e.gap.b IS 'mine'; ALTER TABLE e.gap DROP a; ALTER EXTENSION citext ADD TABLE e.gap`,
    `${E} CREATE TABLE e.gap (b int GENERATED ALWAYS AS IDENTITY); COMMENT ON COLUMN e.gap.b IS 'mine'; ALTER EXTENSION citext ADD TABLE e.gap`,
  ),
  pair("the order of an operator of an extension's family", ORDERING, ORDERING.replace("integer_ops", "float_ops"), CITEXT),
  since(
    14,
    pair(
      "a subscript handler of an extension's type",
      BASE,
      `${BASE} ALTER TYPE e.b SET (SUBSCRIPT = raw_array_subscript_handler)`,
      CITEXT,
    ),
  ),
  since(
    18,
    pair(
      "a NOT NULL of an extension's table that is not validated",
      NULLS,
      NULLS.replace(" NOT NULL a;", " NOT NULL a NOT VALID;"),
      CITEXT,
    ),
  ),
  pair("a privilege of the language that every database has", "", fromPublic("LANGUAGE plpgsql"), "changed extension plpgsql"),
  since(14, pair("a compression method of an extension's table", TABLE, `${TABLE} ALTER TABLE e.t ALTER b SET COMPRESSION pglz`, CITEXT)),
  since(13, pair("a target of an extension's statistics", TABLE, `${TABLE} ALTER STATISTICS e.s SET STATISTICS 7`, CITEXT)),
  pair("an access method of an extension's table", accessMethod("heap"), accessMethod("other"), CITEXT),
  ...Object.entries(CHANGES).map(([name, sql]) => pair(name, E, `${E} ${sql}`, CITEXT)),
  pair("an extension's dictionary", E, `${E} ALTER TEXT SEARCH DICTIONARY e.intdict (maxlen = 9)`, "changed extension dict_int"),
  pair(
    "an extension's view",
    E,
    `${E} CREATE OR REPLACE VIEW e.pg_buffercache AS SELECT p.* FROM e.pg_buffercache_pages() AS p
      (bufferid integer, relfilenode oid, reltablespace oid, reldatabase oid, relforknumber int2, relblocknumber int8, isdirty bool, usagecount int2, pinning_backends int4) WHERE p.bufferid > 0`,
    "changed extension pg_buffercache",
  ),
  pair(
    "an extension's members with it in another schema",
    `${E} COMMENT ON TYPE e.citext IS 'mine'`,
    `${E.replaceAll(/SCHEMA e\b/g, 'SCHEMA "E f"')} COMMENT ON TYPE "E f".citext IS 'mine'`,
    "added schema E f",
    ...["citext", "dict_int", "pg_buffercache"].map((name) => `changed extension ${name}`),
    "removed schema e",
  ),
  pair(
    "members of another version of an extension",
    "CREATE EXTENSION citext VERSION '1.4'",
    "CREATE EXTENSION citext VERSION '1.6'",
    CITEXT,
  ),
  pair(
    "a privilege on a member of another version of an extension",
    "CREATE EXTENSION citext VERSION '1.4'",
    toRole("CREATE EXTENSION citext VERSION '1.6'; GRANT USAGE ON TYPE citext"),
    CITEXT,
  ),
]
