import { type KindPair, pair, since } from "./kind-pair.ts"

const T = "CREATE TABLE t (a int, b int);"
const FAMILY = "CREATE OPERATOR FAMILY fam USING btree;"
const TREE_CLASS = (compare: string) =>
  `CREATE OPERATOR CLASS cls FOR TYPE int USING btree AS OPERATOR 1 <, OPERATOR 3 =, FUNCTION 1 ${compare}(int4, int4);`

/** Types, operators, text search, statistics, replication. */
export const DEFINITION_PAIRS: readonly KindPair[] = [
  // Types.
  pair(
    "a domain's default, by what it means now",
    "CREATE SEQUENCE s1; CREATE DOMAIN d AS int DEFAULT nextval('s1')",
    "CREATE SEQUENCE s0; CREATE DOMAIN d AS int DEFAULT nextval('s0'); ALTER SEQUENCE s0 RENAME TO s1",
  ),
  since(
    17,
    pair(
      "the name of a domain's NOT NULL constraint",
      "CREATE DOMAIN d AS int CONSTRAINT m NOT NULL",
      "CREATE DOMAIN d AS int CONSTRAINT n NOT NULL",
      "changed domain public d",
    ),
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
  since(
    15,
    pair(
      "a publication of everything that it can have",
      `CREATE SCHEMA z; ${T} CREATE TABLE u (a int, b int)`,
      `CREATE SCHEMA z; ${T} CREATE TABLE u (a int, b int); CREATE PUBLICATION p FOR TABLE ONLY t (a, b) WHERE (a > 1), TABLE u WITH (publish = 'insert, delete', publish_via_partition_root); CREATE PUBLICATION q FOR ALL TABLES; CREATE PUBLICATION r FOR TABLES IN SCHEMA z; CREATE PUBLICATION s WITH (publish = ''); COMMENT ON PUBLICATION s IS 'x'`,
      "added publication p",
      "added publication q",
      "added publication r",
      "added publication s",
    ),
  ),
  since(
    14,
    pair(
      "a subscription without streaming, on any major",
      "CREATE SUBSCRIPTION sub CONNECTION 'host=nowhere' PUBLICATION p WITH (connect = false, slot_name = NONE, streaming = off)",
      "CREATE SUBSCRIPTION sub CONNECTION 'host=nowhere' PUBLICATION p WITH (connect = false, slot_name = NONE, streaming = off)",
    ),
  ),
  pair(
    "event triggers",
    "CREATE FUNCTION ef() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END'",
    "CREATE FUNCTION ef() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END'; CREATE EVENT TRIGGER et ON ddl_command_end WHEN TAG IN ('CREATE TABLE', 'DROP TABLE') EXECUTE FUNCTION ef(); CREATE EVENT TRIGGER eu ON sql_drop EXECUTE FUNCTION ef(); ALTER EVENT TRIGGER eu ENABLE ALWAYS; COMMENT ON EVENT TRIGGER eu IS 'x'",
    "added event_trigger et",
    "added event_trigger eu",
  ),
  pair(
    "ICU locales, which newer servers keep as language tags",
    "CREATE COLLATION c (PROVIDER = icu, LOCALE = 'de_DE'); CREATE COLLATION d (PROVIDER = icu, LOCALE = 'de@collation=phonebook'); CREATE COLLATION e (PROVIDER = icu, LOCALE = 'und-u-ks-level2', DETERMINISTIC = false); CREATE COLLATION f (PROVIDER = icu, LOCALE = '@colNumeric=yes;colCaseFirst=lower'); CREATE COLLATION g (PROVIDER = icu, LOCALE = 'de@colStrength=secondary;colAlternate=non-ignorable')",
    "CREATE COLLATION c (PROVIDER = icu, LOCALE = 'de_DE'); CREATE COLLATION d (PROVIDER = icu, LOCALE = 'de@collation=phonebook'); CREATE COLLATION e (PROVIDER = icu, LOCALE = 'und-u-ks-level2', DETERMINISTIC = false); CREATE COLLATION f (PROVIDER = icu, LOCALE = '@colNumeric=yes;colCaseFirst=lower'); CREATE COLLATION g (PROVIDER = icu, LOCALE = 'de@colStrength=secondary;colAlternate=non-ignorable')",
  ),
  pair(
    "another ICU locale",
    "CREATE COLLATION c (PROVIDER = icu, LOCALE = 'de_DE')",
    "CREATE COLLATION c (PROVIDER = icu, LOCALE = 'de_AT')",
    "changed collation public c",
  ),
  pair(
    "another keyword of an ICU locale",
    "CREATE COLLATION c (PROVIDER = icu, LOCALE = '@colNumeric=yes')",
    "CREATE COLLATION c (PROVIDER = icu, LOCALE = '@colNumeric=no')",
    "changed collation public c",
  ),
  pair(
    "collations",
    "",
    `CREATE COLLATION c (LOCALE = 'C'); CREATE COLLATION d (LC_COLLATE = 'C', LC_CTYPE = 'POSIX'); CREATE TABLE t (a text COLLATE d)`,
    "added collation public c",
    "added collation public d",
    "added table public t",
  ),
  pair(
    "an event trigger disabled",
    "CREATE FUNCTION ef() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END'; CREATE EVENT TRIGGER et ON ddl_command_end EXECUTE FUNCTION ef()",
    "CREATE FUNCTION ef() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END'; CREATE EVENT TRIGGER et ON ddl_command_end EXECUTE FUNCTION ef(); ALTER EVENT TRIGGER et DISABLE",
    "changed event_trigger et",
  ),
]
