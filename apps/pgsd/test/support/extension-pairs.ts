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

/** What a user can change of an extension's members. */
export const EXTENSION_PAIRS: readonly KindPair[] = [
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
