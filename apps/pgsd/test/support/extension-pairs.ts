import { type KindPair, pair } from "./kind-pair.ts"

const ROLE = "DO $$ BEGIN IF to_regrole('pgsd_case_a') IS NULL THEN CREATE ROLE pgsd_case_a; END IF; END $$;"
const E =
  "CREATE SCHEMA e; CREATE EXTENSION citext SCHEMA e VERSION '1.6'; CREATE EXTENSION dict_int SCHEMA e; CREATE EXTENSION pg_buffercache SCHEMA e VERSION '1.3';"
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

const TABLE = `${E} CREATE TABLE e.t (a int PRIMARY KEY, b text CHECK (b <> ''));
  CREATE FUNCTION e.g() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'; CREATE TRIGGER g BEFORE INSERT ON e.t FOR EACH ROW EXECUTE FUNCTION e.g();
  CREATE RULE r AS ON UPDATE TO e.t DO ALSO NOTHING; CREATE POLICY p ON e.t; CREATE STATISTICS e.s ON a, b FROM e.t; CREATE INDEX i ON e.t (b);
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
  "a comment on a column": "COMMENT ON COLUMN e.t.b IS 'mine'",
  "a comment on a constraint": "COMMENT ON CONSTRAINT t_b_check ON e.t IS 'mine'",
  "a comment on an index": "COMMENT ON INDEX e.i IS 'mine'",
  "a comment on the index of a key": "COMMENT ON INDEX e.t_pkey IS 'mine'",
  "a comment on a trigger": "COMMENT ON TRIGGER g ON e.t IS 'mine'",
  "a comment on a rule": "COMMENT ON RULE r ON e.t IS 'mine'",
  "a comment on a policy": "COMMENT ON POLICY p ON e.t IS 'mine'",
}

/** What a user can change of an extension's members. */
export const EXTENSION_PAIRS: readonly KindPair[] = [
  ...Object.entries(TABLE_CHANGES).map(([name, sql]) =>
    pair(`${name} of an extension's table`, TABLE, `${TABLE} ${sql}`, "changed extension citext"),
  ),
  ...Object.entries(CHANGES).map(([name, sql]) => pair(name, E, `${E} ${sql}`, "changed extension citext")),
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
    "changed extension citext",
  ),
]
