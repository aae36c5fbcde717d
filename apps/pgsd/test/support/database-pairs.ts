import { type KindPair, pair, since } from "./kind-pair.ts"

const T = "CREATE TABLE t (a int, b int);"
const ROLE = "DO $$ BEGIN CREATE ROLE pgsd_case_a NOLOGIN; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$;"
const ROLE_B = ROLE.replace("pgsd_case_a", "pgsd_case_b")
const PARTITIONED = "CREATE TABLE p (k int PRIMARY KEY) PARTITION BY LIST (k); CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1);"
const DEPENDING =
  "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'; CREATE TABLE t (a int); CREATE INDEX i ON t (a); CREATE TRIGGER g AFTER INSERT ON t EXECUTE FUNCTION f(); CREATE MATERIALIZED VIEW m AS SELECT 1 AS a;"
const WRAPPER = "CREATE FOREIGN DATA WRAPPER w; CREATE SERVER srv FOREIGN DATA WRAPPER w;"
const SERVER_TABLE = (options: string, column = "") => `${WRAPPER} CREATE FOREIGN TABLE ft (a int ${column}) SERVER srv ${options};`

const SUBSCRIPTION =
  "CREATE SUBSCRIPTION s CONNECTION 'host=nowhere password=s3cret' PUBLICATION p WITH (connect = false, slot_name = NONE, streaming = off)"

const EXTENSION_TABLE = `CREATE TABLE e (a int PRIMARY KEY, b int); CREATE FUNCTION ef() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
  ALTER EXTENSION plpgsql ADD TABLE e;`
const EXTENSION_PARTS = [
  ["an index", "CREATE INDEX i ON e (b)"],
  ["a trigger", "CREATE TRIGGER g AFTER INSERT ON e FOR EACH ROW EXECUTE FUNCTION ef()"],
  ["row security", "ALTER TABLE e ENABLE ROW LEVEL SECURITY"],
  ["a policy", "CREATE POLICY p ON e USING (a > 0)"],
  ["a check", "ALTER TABLE e ADD CONSTRAINT positive CHECK (a > 0)"],
  ["a column", "ALTER TABLE e ADD COLUMN mine int NOT NULL"],
  ["a statistics object", "CREATE STATISTICS s ON a, b FROM e"],
  ["a rule", "CREATE RULE w AS ON DELETE TO e DO INSTEAD NOTHING"],
] as const

/** Foreign data, owners, grants, comments, settings, extensions. */
export const DATABASE_PAIRS: readonly KindPair[] = [
  // Foreign data: options are compared and never shown.
  pair(
    "a foreign table's options",
    SERVER_TABLE("OPTIONS (table_name 's3cret')"),
    SERVER_TABLE("OPTIONS (table_name 's3cret2')"),
    "changed foreign_table public ft",
  ),
  pair("a foreign column's options", SERVER_TABLE(""), SERVER_TABLE("", "OPTIONS (column_name 's3cret')"), "changed column public ft.a"),
  pair(
    "a server's options",
    `${WRAPPER} ALTER SERVER srv OPTIONS (ADD host 's3cret')`,
    `${WRAPPER} ALTER SERVER srv OPTIONS (ADD host 's3cret2')`,
    "changed foreign_server srv",
  ),
  pair(
    "a wrapper's options",
    "CREATE FOREIGN DATA WRAPPER w OPTIONS (debug 's3cret')",
    "CREATE FOREIGN DATA WRAPPER w",
    "changed foreign_data_wrapper w",
  ),
  pair(
    "a user mapping",
    WRAPPER,
    `${WRAPPER} CREATE USER MAPPING FOR PUBLIC SERVER srv OPTIONS (password 's3cret')`,
    "added user_mapping srv:public",
  ),
  pair(
    "a language",
    "CREATE LANGUAGE l HANDLER plpgsql_call_handler",
    "CREATE TRUSTED LANGUAGE l HANDLER plpgsql_call_handler",
    "changed language l",
  ),
  pair(
    "an access method",
    "CREATE ACCESS METHOD m TYPE INDEX HANDLER bthandler",
    "CREATE ACCESS METHOD m TYPE INDEX HANDLER hashhandler",
    "changed access_method m",
  ),
  pair(
    "a transform",
    "CREATE LANGUAGE l HANDLER plpgsql_call_handler; CREATE TRANSFORM FOR int LANGUAGE l (FROM SQL WITH FUNCTION prsd_lextype(internal))",
    "CREATE LANGUAGE l HANDLER plpgsql_call_handler",
    "removed transform integer LANGUAGE l",
  ),
  // Owners, grants, comments.
  pair(
    "grant on a schema",
    `${ROLE} CREATE SCHEMA s`,
    `${ROLE} CREATE SCHEMA s; GRANT USAGE ON SCHEMA s TO pgsd_case_a`,
    "added grant schema:s:pgsd_case_a",
  ),
  pair(
    "grant on a type",
    `${ROLE} CREATE TYPE e AS ENUM ('a')`,
    `${ROLE} CREATE TYPE e AS ENUM ('a'); REVOKE USAGE ON TYPE e FROM PUBLIC`,
    "removed grant public enum:e:PUBLIC",
  ),
  pair(
    "grant on an identity's sequence",
    `${ROLE} CREATE TABLE t (a int GENERATED ALWAYS AS IDENTITY)`,
    `${ROLE} CREATE TABLE t (a int GENERATED ALWAYS AS IDENTITY); GRANT USAGE ON SEQUENCE t_a_seq TO pgsd_case_a`,
    "added grant public sequence:of identity column a:pgsd_case_a",
  ),
  pair(
    "grant option",
    `${ROLE} ${T} GRANT SELECT ON t TO pgsd_case_a`,
    `${ROLE} ${T} GRANT SELECT ON t TO pgsd_case_a WITH GRANT OPTION`,
    "changed grant public table:t:pgsd_case_a",
  ),
  pair("what an owner has lost", T, `${T} REVOKE INSERT ON t FROM CURRENT_USER`, "added grant public table:t:postgres"),
  pair("an owner that has lost everything", T, `${T} REVOKE ALL ON t FROM CURRENT_USER`, "added grant public table:t:postgres"),
  pair(
    "the default spelled out",
    "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'; GRANT EXECUTE ON FUNCTION f() TO PUBLIC",
  ),
  pair(
    "grant on a server",
    `${ROLE} ${WRAPPER}`,
    `${ROLE} ${WRAPPER} GRANT USAGE ON FOREIGN SERVER srv TO pgsd_case_a`,
    "added grant foreign_server:srv:pgsd_case_a",
  ),
  pair(
    "grant on the database",
    ROLE,
    `${ROLE} DO $$ BEGIN EXECUTE format('GRANT CREATE ON DATABASE %I TO pgsd_case_a', current_database()); END $$`,
    "added grant database:this database:pgsd_case_a",
  ),
  pair(
    "default privileges",
    `${ROLE} ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO pgsd_case_a`,
    `${ROLE} ALTER DEFAULT PRIVILEGES GRANT SELECT, INSERT ON TABLES TO pgsd_case_a`,
    "changed default_privilege postgres:tables:pgsd_case_a",
  ),
  pair(
    "default privileges taken from PUBLIC",
    "",
    "ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC",
    "added default_privilege postgres:functions:PUBLIC",
  ),
  pair(
    "default privileges in a schema",
    ROLE,
    `${ROLE} ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE ON SEQUENCES TO pgsd_case_a`,
    "added default_privilege public postgres:sequences:pgsd_case_a",
  ),
  pair(
    "owner of a type",
    `${ROLE} CREATE TYPE e AS ENUM ('a')`,
    `${ROLE} CREATE TYPE e AS ENUM ('a'); ALTER TYPE e OWNER TO pgsd_case_a`,
    "changed owner public enum:e",
  ),
  pair(
    "schema public of another major, with the same grants added",
    `${ROLE} GRANT USAGE ON SCHEMA public TO pgsd_case_a`,
    `${ROLE} GRANT USAGE ON SCHEMA public TO pgsd_case_a`,
  ),
  pair("a grant on schema public", ROLE, `${ROLE} GRANT CREATE ON SCHEMA public TO pgsd_case_a`, "added grant schema:public:pgsd_case_a"),
  pair(
    "rights on schema public taken from PUBLIC",
    ROLE,
    `${ROLE} REVOKE ALL ON SCHEMA public FROM PUBLIC`,
    "removed grant schema:public:PUBLIC",
  ),
  pair(
    "a grant by another role than the owner",
    `${ROLE} ${ROLE_B} ${T} GRANT SELECT ON t TO pgsd_case_a WITH GRANT OPTION; GRANT SELECT ON t TO pgsd_case_b`,
    `${ROLE} ${ROLE_B} ${T} GRANT SELECT ON t TO pgsd_case_a WITH GRANT OPTION; SET ROLE pgsd_case_a; GRANT SELECT ON t TO pgsd_case_b; RESET ROLE`,
    "changed grant public table:t:pgsd_case_b",
  ),
  pair(
    "comments on what belongs to a partition",
    PARTITIONED,
    `${PARTITIONED} COMMENT ON INDEX p1_pkey IS 'x'; COMMENT ON CONSTRAINT p1_pkey ON p1 IS 'y'`,
    "changed table public p1",
  ),
  since(
    18,
    pair(
      "comment on a NOT NULL constraint",
      "CREATE TABLE t (a int CONSTRAINT n NOT NULL)",
      "CREATE TABLE t (a int CONSTRAINT n NOT NULL); COMMENT ON CONSTRAINT n ON t IS 'x'",
      "changed table public t",
    ),
  ),
  pair(
    "DEPENDS ON EXTENSION",
    DEPENDING,
    `${DEPENDING} ALTER FUNCTION f() DEPENDS ON EXTENSION plpgsql; ALTER INDEX i DEPENDS ON EXTENSION plpgsql; ALTER MATERIALIZED VIEW m DEPENDS ON EXTENSION plpgsql; ALTER TRIGGER g ON t DEPENDS ON EXTENSION plpgsql`,
    "changed function public f()",
    "changed index public i",
    "changed materialized_view public m",
    "changed trigger public t.g",
  ),
  ...EXTENSION_PARTS.map(([what, sql]) =>
    pair(`${what} on an extension's table`, EXTENSION_TABLE, `${EXTENSION_TABLE} ${sql}`, "changed extension plpgsql"),
  ),
  pair(
    "a user's parts of an extension's table, the same on any major",
    `${EXTENSION_TABLE} ${EXTENSION_PARTS.map(([, sql]) => sql).join("; ")}`,
    `${EXTENSION_TABLE} ${EXTENSION_PARTS.map(([, sql]) => sql).join("; ")}`,
  ),
  pair("comment on a column", T, `${T} COMMENT ON COLUMN t.a IS 'x'`, "added comment public column:t.a"),
  pair(
    "comment on a view's column",
    `${T} CREATE VIEW v AS SELECT a FROM t`,
    `${T} CREATE VIEW v AS SELECT a FROM t; COMMENT ON COLUMN v.a IS 'x'`,
    "added comment public column:v.a",
  ),
  pair(
    "comment on an attribute",
    "CREATE TYPE c AS (a int)",
    "CREATE TYPE c AS (a int); COMMENT ON COLUMN c.a IS 'x'",
    "added comment public column:c.a",
  ),
  pair(
    "comment on a key's index",
    "CREATE TABLE t (a int PRIMARY KEY)",
    "CREATE TABLE t (a int PRIMARY KEY); COMMENT ON INDEX t_pkey IS 'x'",
    "added comment public index:t_pkey",
  ),
  pair(
    "comment on a domain's constraint",
    "CREATE DOMAIN d AS int CONSTRAINT c CHECK (VALUE > 0)",
    "CREATE DOMAIN d AS int CONSTRAINT c CHECK (VALUE > 0); COMMENT ON CONSTRAINT c ON DOMAIN d IS 'x'",
    "added comment public constraint:d.c",
  ),
  pair(
    "comment on the database",
    "",
    "DO $$ BEGIN EXECUTE format('COMMENT ON DATABASE %I IS ''x''', current_database()); END $$",
    "added comment database:this database",
  ),
  // Settings of the database.
  pair(
    "ALTER DATABASE SET",
    "",
    "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET search_path = app, public', current_database()); END $$",
    "added database_setting search_path",
  ),
  pair(
    "a setting that only a superuser sees",
    "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET dynamic_library_path = ''$libdir''', current_database()); END $$",
    "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET dynamic_library_path = ''$libdir:/extra''', current_database()); END $$",
    "changed database_setting dynamic_library_path",
  ),
  pair("plpgsql made anew", "", "DROP EXTENSION plpgsql; CREATE EXTENSION plpgsql"),
  pair(
    "a database as a template",
    "",
    "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I IS_TEMPLATE true', current_database()); END $$",
    "changed database this database",
  ),
  since(
    14,
    pair("comment on a subscription", SUBSCRIPTION, `${SUBSCRIPTION}; COMMENT ON SUBSCRIPTION s IS 'x'`, "added comment subscription:s"),
  ),
  ...(
    [
      ["a function's setting of an application, hidden", "LANGUAGE sql SET app.jwt TO 's3cret' SET search_path TO a, b AS 'SELECT 1'"],
      [
        "a function's setting of an application, in standard SQL",
        `LANGUAGE sql SET "app.odd" TO E's3cret\\\\it''s\n' SET app.b TO '1' RETURN 1`,
      ],
    ] as const
  ).map(([name, text]) =>
    since(
      text.endsWith("RETURN 1") ? 14 : 12,
      pair(
        name,
        `CREATE FUNCTION f() RETURNS int ${text}; CREATE FUNCTION g() RETURNS int ${text}`,
        `CREATE FUNCTION f() RETURNS int ${text.replace("s3cret", "s3cret2")}; CREATE FUNCTION g() RETURNS int ${text}`,
        "changed function public f()",
      ),
    ),
  ),
  pair(
    "a setting of an application, hidden",
    "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET app.jwt = ''s3cret''', current_database()); END $$",
    "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET app.jwt = ''s3cret2''', current_database()); END $$",
    "changed database_setting app.jwt",
  ),
  pair(
    "ALTER ROLE IN DATABASE SET",
    ROLE,
    `${ROLE} DO $$ BEGIN EXECUTE format('ALTER ROLE pgsd_case_a IN DATABASE %I SET work_mem = ''8MB''', current_database()); END $$`,
    "added database_setting pgsd_case_a.work_mem",
  ),
  // An extension's own types move with it.
  pair(
    "an extension moved",
    "CREATE EXTENSION citext; CREATE TABLE t (a citext DEFAULT 'x'::citext, b citext CHECK (b <> ''::citext)); CREATE FUNCTION f(citext) RETURNS int LANGUAGE sql AS 'SELECT 1'; CREATE INDEX i ON t (a); CREATE VIEW v AS SELECT a || 'x'::citext AS x FROM t",
    "CREATE SCHEMA extensions; CREATE EXTENSION citext SCHEMA extensions; SET search_path = public, extensions; CREATE TABLE t (a citext DEFAULT 'x'::citext, b citext CHECK (b <> ''::citext)); CREATE FUNCTION f(citext) RETURNS int LANGUAGE sql AS 'SELECT 1'; CREATE INDEX i ON t (a); CREATE VIEW v AS SELECT a || 'x'::citext AS x FROM t",
    "added schema extensions",
    "changed extension citext",
  ),
]
