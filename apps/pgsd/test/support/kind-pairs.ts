/** Two databases that differ in one thing, and what a comparison says: `change kind schema name`. */
export interface KindPair {
  readonly name: string
  readonly a: string
  readonly b: string
  readonly expected: readonly string[]
  readonly since?: number
}

const T = "CREATE TABLE t (a int, b int);"
const ROLE = "DO $$ BEGIN CREATE ROLE pgsd_case_a NOLOGIN; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$;"
const FAMILY = "CREATE OPERATOR FAMILY fam USING btree;"
const TREE_CLASS = (compare: string) =>
  `CREATE OPERATOR CLASS cls FOR TYPE int USING btree AS OPERATOR 1 <, OPERATOR 3 =, FUNCTION 1 ${compare}(int4, int4);`
const WRAPPER = "CREATE FOREIGN DATA WRAPPER w; CREATE SERVER srv FOREIGN DATA WRAPPER w;"
const SERVER_TABLE = (options: string, column = "") => `${WRAPPER} CREATE FOREIGN TABLE ft (a int ${column}) SERVER srv ${options};`
const PARTITIONED = "CREATE TABLE p (k int, v int) PARTITION BY LIST (k); CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1);"
const TRIGGER_FUNCTION = "CREATE FUNCTION tf() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';"
const TWO_KEYS = "CREATE TABLE r (id int PRIMARY KEY); CREATE TABLE s (id int CONSTRAINT s_fk REFERENCES r);"

const pair = (name: string, a: string, b: string, ...expected: string[]): KindPair => ({ name, a, b, expected })
const since = (major: number, { ...each }: KindPair): KindPair => ({ ...each, since: major })

/** Every kind and state that used to be passed over in silence, and those of reports. */
export const KIND_PAIRS: readonly KindPair[] = [
  // What can be said of an index behind a key is not in the constraint's definition.
  pair(
    "options of a key's index",
    "CREATE TABLE t (a int UNIQUE)",
    "CREATE TABLE t (a int UNIQUE WITH (fillfactor = 70))",
    "changed constraint public t.t_a_key",
  ),
  pair(
    "CLUSTER ON a key's index",
    "CREATE TABLE t (a int PRIMARY KEY)",
    "CREATE TABLE t (a int PRIMARY KEY); ALTER TABLE t CLUSTER ON t_pkey",
    "changed constraint public t.t_pkey",
  ),
  pair(
    "CLUSTER ON an index",
    `${T} CREATE INDEX i ON t (a)`,
    `${T} CREATE INDEX i ON t (a); ALTER TABLE t CLUSTER ON i`,
    "changed index public i",
  ),
  pair("tablespace of a table", T, `${T} ALTER TABLE t SET TABLESPACE case_space`, "changed table public t"),
  pair(
    "tablespace of an index",
    `${T} CREATE INDEX i ON t (a)`,
    `${T} CREATE INDEX i ON t (a) TABLESPACE case_space`,
    "changed index public i",
  ),
  pair(
    "tablespace of a key",
    "CREATE TABLE t (a int UNIQUE)",
    "CREATE TABLE t (a int UNIQUE USING INDEX TABLESPACE case_space)",
    "changed constraint public t.t_a_key",
  ),
  pair(
    "storage parameters of TOAST",
    "CREATE TABLE t (a text)",
    "CREATE TABLE t (a text) WITH (toast.autovacuum_enabled = off)",
    "changed table public t",
  ),
  pair(
    "typed table",
    "CREATE TYPE c AS (a int); CREATE TABLE t (a int)",
    "CREATE TYPE c AS (a int); CREATE TABLE t OF c",
    "changed table public t",
  ),
  pair(
    "statistics target of an index's expression",
    `${T} CREATE INDEX i ON t ((a + b))`,
    `${T} CREATE INDEX i ON t ((a + b)); ALTER INDEX i ALTER COLUMN 1 SET STATISTICS 500`,
    "changed index public i",
  ),
  pair("triggers of a foreign key disabled", TWO_KEYS, `${TWO_KEYS} ALTER TABLE s DISABLE TRIGGER ALL`, "changed constraint public s.s_fk"),
  pair(
    "default of a view's column",
    `${T} CREATE VIEW v AS SELECT a FROM t`,
    `${T} CREATE VIEW v AS SELECT a FROM t; ALTER VIEW v ALTER COLUMN a SET DEFAULT 1`,
    "changed column public v.a",
  ),
  pair(
    "statistics target of a materialized view's column",
    `${T} CREATE MATERIALIZED VIEW m AS SELECT a FROM t`,
    `${T} CREATE MATERIALIZED VIEW m AS SELECT a FROM t; ALTER MATERIALIZED VIEW m ALTER a SET STATISTICS 9`,
    "changed column public m.a",
  ),
  // Partitions.
  pair(
    "a partition's index in another tablespace",
    `${PARTITIONED} CREATE INDEX i ON p (v)`,
    `${PARTITIONED} CREATE INDEX i ON p (v); ALTER INDEX p1_v_idx SET TABLESPACE case_space`,
    "changed table public p1",
  ),
  since(
    13,
    pair(
      "a partition's trigger disabled",
      `${PARTITIONED} ${TRIGGER_FUNCTION} CREATE TRIGGER tg AFTER INSERT ON p FOR EACH ROW EXECUTE FUNCTION tf()`,
      `${PARTITIONED} ${TRIGGER_FUNCTION} CREATE TRIGGER tg AFTER INSERT ON p FOR EACH ROW EXECUTE FUNCTION tf(); ALTER TABLE p1 DISABLE TRIGGER tg`,
      "changed table public p1",
    ),
  ),
  // NOT NULL of 18.
  since(
    18,
    pair(
      "NOT NULL NOT VALID",
      "CREATE TABLE t (a int); ALTER TABLE t ADD CONSTRAINT c NOT NULL a",
      "CREATE TABLE t (a int); ALTER TABLE t ADD CONSTRAINT c NOT NULL a NOT VALID",
      "changed column public t.a",
    ),
  ),
  since(
    18,
    pair(
      "NOT NULL NO INHERIT",
      "CREATE TABLE t (a int CONSTRAINT c NOT NULL)",
      "CREATE TABLE t (a int CONSTRAINT c NOT NULL NO INHERIT)",
      "changed column public t.a",
    ),
  ),
  since(
    18,
    pair(
      "the name of a NOT NULL constraint",
      "CREATE TABLE t (a int CONSTRAINT c NOT NULL)",
      "CREATE TABLE t (a int CONSTRAINT d NOT NULL)",
      "changed column public t.a",
    ),
  ),
  since(
    18,
    pair(
      "virtual against stored",
      "CREATE TABLE t (a int, b int GENERATED ALWAYS AS (a + 1) STORED)",
      "CREATE TABLE t (a int, b int GENERATED ALWAYS AS (a + 1) VIRTUAL)",
      "changed column public t.b",
    ),
  ),
  since(
    18,
    pair(
      "NOT ENFORCED",
      "CREATE TABLE t (a int CONSTRAINT c CHECK (a > 0))",
      "CREATE TABLE t (a int CONSTRAINT c CHECK (a > 0) NOT ENFORCED)",
      "changed constraint public t.c",
    ),
  ),
  // Types.
  pair(
    "a domain's default, by what it means now",
    "CREATE SEQUENCE s1; CREATE DOMAIN d AS int DEFAULT nextval('s1')",
    "CREATE SEQUENCE s0; CREATE DOMAIN d AS int DEFAULT nextval('s0'); ALTER SEQUENCE s0 RENAME TO s1",
  ),
  pair("an attribute's collation", "CREATE TYPE c AS (a text)", `CREATE TYPE c AS (a text COLLATE "C")`, "changed composite_type public c"),
  pair(
    "a base type",
    "CREATE TYPE b; CREATE FUNCTION bin(cstring) RETURNS b LANGUAGE internal IMMUTABLE STRICT AS 'int4in'; CREATE FUNCTION bout(b) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'int4out'; CREATE TYPE b (INPUT = bin, OUTPUT = bout, INTERNALLENGTH = 4, PASSEDBYVALUE)",
    "CREATE TYPE b; CREATE FUNCTION bin(cstring) RETURNS b LANGUAGE internal IMMUTABLE STRICT AS 'int4in'; CREATE FUNCTION bout(b) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'int4out'; CREATE TYPE b (INPUT = bin, OUTPUT = bout, INTERNALLENGTH = 4, PASSEDBYVALUE, DELIMITER = '|')",
    "changed base_type public b",
  ),
  pair(
    "range types and what they bring",
    "",
    "CREATE TYPE r1 AS RANGE (subtype = float8); CREATE TYPE r2 AS RANGE (subtype = int2)",
    "added range_type public r1",
    "added range_type public r2",
  ),
  since(
    14,
    pair(
      "the name of a multirange type",
      "CREATE TYPE r1 AS RANGE (subtype = float8)",
      "CREATE TYPE r1 AS RANGE (subtype = float8, multirange_type_name = many)",
      "changed range_type public r1",
    ),
  ),
  pair("a collation", `CREATE COLLATION c (LOCALE = 'C')`, `CREATE COLLATION c (LOCALE = 'POSIX')`, "changed collation public c"),
  pair(
    "a conversion",
    "CREATE CONVERSION c FOR 'UTF8' TO 'LATIN1' FROM utf8_to_iso8859_1",
    "CREATE DEFAULT CONVERSION c FOR 'UTF8' TO 'LATIN1' FROM utf8_to_iso8859_1",
    "changed conversion public c",
  ),
  // Operators.
  pair(
    "an operator's function",
    "CREATE OPERATOR === (LEFTARG = int, RIGHTARG = int, FUNCTION = int4eq)",
    "CREATE OPERATOR === (LEFTARG = int, RIGHTARG = int, FUNCTION = int4ne)",
    "changed operator public ===(integer, integer)",
  ),
  pair("a prefix operator", "", "CREATE OPERATOR @@@ (RIGHTARG = int, FUNCTION = int4abs)", "added operator public @@@(integer)"),
  pair(
    "an operator class's function",
    TREE_CLASS("btint4cmp"),
    `CREATE FUNCTION other(int, int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT $1 - $2'; ${TREE_CLASS("other")}`,
    "added function public other(integer, integer)",
    "changed operator_family public cls USING btree",
  ),
  pair(
    "an operator class's family",
    TREE_CLASS("btint4cmp"),
    TREE_CLASS("btint4cmp")
      .replace("FOR TYPE int USING btree", "FOR TYPE int USING btree FAMILY fam")
      .replace("CREATE", `${FAMILY} CREATE`),
    "added operator_family public fam USING btree",
    "changed operator_class public cls USING btree",
    "removed operator_family public cls USING btree",
  ),
  pair(
    "an operator family",
    FAMILY,
    `${FAMILY} ALTER OPERATOR FAMILY fam USING btree ADD OPERATOR 1 < (int4, int8)`,
    "changed operator_family public fam USING btree",
  ),
  pair(
    "a cast",
    "CREATE TYPE c AS (a int); CREATE FUNCTION to_c(int) RETURNS c LANGUAGE sql AS 'SELECT ROW($1)::c'; CREATE CAST (int AS c) WITH FUNCTION to_c(int)",
    "CREATE TYPE c AS (a int); CREATE FUNCTION to_c(int) RETURNS c LANGUAGE sql AS 'SELECT ROW($1)::c'; CREATE CAST (int AS c) WITH FUNCTION to_c(int) AS IMPLICIT",
    "changed cast integer AS public.c",
  ),
  pair(
    "an aggregate",
    "CREATE AGGREGATE agg (int) (SFUNC = int4pl, STYPE = int)",
    "CREATE AGGREGATE agg (int) (SFUNC = int4pl, STYPE = int, INITCOND = '0')",
    "changed aggregate public agg(integer)",
  ),
  pair(
    "an ordered-set aggregate's finish",
    "CREATE AGGREGATE agg (float8 ORDER BY anyelement) (SFUNC = ordered_set_transition, STYPE = internal, FINALFUNC = percentile_disc_final, FINALFUNC_EXTRA, FINALFUNC_MODIFY = shareable)",
    "CREATE AGGREGATE agg (float8 ORDER BY anyelement) (SFUNC = ordered_set_transition, STYPE = internal, FINALFUNC = percentile_disc_final, FINALFUNC_EXTRA)",
    "changed aggregate public agg(double precision, anyelement)",
  ),
  // Text search.
  pair(
    "a text search dictionary",
    "CREATE TEXT SEARCH DICTIONARY d (TEMPLATE = simple)",
    "CREATE TEXT SEARCH DICTIONARY d (TEMPLATE = simple, Accept = false)",
    "changed text_search_dictionary public d",
  ),
  pair(
    "a text search configuration",
    "CREATE TEXT SEARCH CONFIGURATION c (COPY = simple)",
    "CREATE TEXT SEARCH CONFIGURATION c (COPY = simple); ALTER TEXT SEARCH CONFIGURATION c DROP MAPPING FOR email",
    "changed text_search_configuration public c",
  ),
  pair(
    "a text search template",
    "CREATE TEXT SEARCH TEMPLATE x (LEXIZE = dsimple_lexize)",
    "CREATE TEXT SEARCH TEMPLATE x (INIT = dsimple_init, LEXIZE = dsimple_lexize)",
    "changed text_search_template public x",
  ),
  pair(
    "a text search parser",
    "CREATE TEXT SEARCH PARSER x (START = prsd_start, GETTOKEN = prsd_nexttoken, END = prsd_end, LEXTYPES = prsd_lextype)",
    "CREATE TEXT SEARCH PARSER x (START = prsd_start, GETTOKEN = prsd_nexttoken, END = prsd_end, LEXTYPES = prsd_lextype, HEADLINE = prsd_headline)",
    "changed text_search_parser public x",
  ),
  // Statistics, replication, events.
  pair(
    "a statistics object",
    `${T} CREATE STATISTICS st ON a, b FROM t`,
    `${T} CREATE STATISTICS st (ndistinct) ON a, b FROM t`,
    "changed statistics public st",
  ),
  since(
    13,
    pair(
      "a statistics object's target",
      `${T} CREATE STATISTICS st ON a, b FROM t`,
      `${T} CREATE STATISTICS st ON a, b FROM t; ALTER STATISTICS st SET STATISTICS 500`,
      "changed statistics public st",
    ),
  ),
  pair(
    "a publication's operations",
    `${T} CREATE PUBLICATION p FOR TABLE t`,
    `${T} CREATE PUBLICATION p FOR TABLE t WITH (publish = 'insert')`,
    "changed publication p",
  ),
  since(
    15,
    pair(
      "a publication's columns",
      `${T} CREATE PUBLICATION p FOR TABLE t`,
      `${T} CREATE PUBLICATION p FOR TABLE t (a)`,
      "changed publication p",
    ),
  ),
  since(
    15,
    pair("a publication's schemas", "CREATE PUBLICATION p", "CREATE PUBLICATION p FOR TABLES IN SCHEMA public", "changed publication p"),
  ),
  pair(
    "a subscription",
    "CREATE SUBSCRIPTION sub CONNECTION 'host=nowhere password=s3cret' PUBLICATION p WITH (connect = false, slot_name = NONE)",
    "CREATE SUBSCRIPTION sub CONNECTION 'host=nowhere password=s3cret' PUBLICATION p, q WITH (connect = false, slot_name = NONE)",
    "changed subscription sub",
  ),
  pair(
    "an event trigger disabled",
    "CREATE FUNCTION ef() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END'; CREATE EVENT TRIGGER et ON ddl_command_end EXECUTE FUNCTION ef()",
    "CREATE FUNCTION ef() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END'; CREATE EVENT TRIGGER et ON ddl_command_end EXECUTE FUNCTION ef(); ALTER EVENT TRIGGER et DISABLE",
    "changed event_trigger et",
  ),
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
