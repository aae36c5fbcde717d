/** For each need: what only the target has, beside the base that both have. */
export const NEED_EXAMPLES: Readonly<Record<string, string | readonly [base: string, more: string]>> = {
  "JSON_OBJECT and JSON_ARRAY": "CREATE VIEW v AS SELECT json_object('a' : 1) AS a",
  "IS JSON": "CREATE VIEW v AS SELECT '1' IS JSON AS a",
  SYSTEM_USER: "CREATE TABLE t (a text DEFAULT system_user)",
  "JSON functions of SQL": "CREATE VIEW v AS SELECT json_value('1', '$') AS a",
  "AT LOCAL": "CREATE VIEW v AS SELECT now() AT LOCAL AS a",
  MERGE: merge("WHEN MATCHED THEN DELETE"),
  "MERGE with NOT MATCHED BY SOURCE": merge("WHEN NOT MATCHED BY SOURCE THEN DELETE"),
  "MERGE with RETURNING": merge("WHEN MATCHED THEN DELETE RETURNING t.a", "int"),
  "OLD and NEW in RETURNING": [
    "CREATE TABLE t (a int)",
    "CREATE FUNCTION f() RETURNS int LANGUAGE sql BEGIN ATOMIC UPDATE t SET a = 1 RETURNING old.a; END",
  ],
  "WITH TIES": "CREATE VIEW v AS SELECT a FROM (VALUES (1)) AS x (a) ORDER BY a FETCH FIRST 1 ROW WITH TIES",
  NORMALIZE: "CREATE VIEW v AS SELECT normalize('a') AS a, 'a' IS NORMALIZED AS b",
  "GROUP BY DISTINCT": "CREATE VIEW v AS SELECT a FROM (VALUES (1)) AS x (a) GROUP BY DISTINCT ROLLUP (a), ROLLUP (a)",
  "SEARCH and CYCLE":
    "CREATE VIEW v AS WITH RECURSIVE r AS (SELECT 1 AS a UNION ALL SELECT a + 1 FROM r WHERE a < 3) SEARCH DEPTH FIRST BY a SET o SELECT a FROM r",
  "an alias of JOIN USING": "CREATE VIEW v AS SELECT j.a FROM (VALUES (1)) AS x (a) JOIN (VALUES (1)) AS y (a) USING (a) AS j",
  "subscripts of jsonb": `CREATE VIEW v AS SELECT ('{"a":1}'::jsonb)['a'] AS a`,
  "a function body in standard SQL": "CREATE FUNCTION f() RETURNS int LANGUAGE sql RETURN 1",
  "OUT arguments of a procedure": "CREATE PROCEDURE f(b int, OUT a int) LANGUAGE plpgsql AS 'BEGIN a := 1; END'",
  compression: "CREATE TABLE t (a text COMPRESSION pglz)",
  "virtual columns": "CREATE TABLE t (a int, b int GENERATED ALWAYS AS (a + 1))",
  "a negative scale, or one beyond the precision": "CREATE TABLE t (a numeric(3, -1)); CREATE DOMAIN d AS numeric(2, 4)",
  "NULLS NOT DISTINCT": ["CREATE TABLE t (a int)", "ALTER TABLE t ADD CONSTRAINT k UNIQUE NULLS NOT DISTINCT (a)"],
  "SET NULL or SET DEFAULT of some columns": [
    "CREATE TABLE r (a int, b int, PRIMARY KEY (a, b)); CREATE TABLE t (a int, b int)",
    "ALTER TABLE t ADD CONSTRAINT f FOREIGN KEY (a, b) REFERENCES r ON DELETE SET NULL (a)",
  ],
  "NOT ENFORCED": ["CREATE TABLE t (a int)", "ALTER TABLE t ADD CONSTRAINT c CHECK (a > 0) NOT ENFORCED"],
  "WITHOUT OVERLAPS and PERIOD": [
    "CREATE TABLE t (a int4range, b int4range)",
    "ALTER TABLE t ADD CONSTRAINT k UNIQUE (a, b WITHOUT OVERLAPS)",
  ],
  "an exclusion constraint of a partitioned table": [partitioned("t"), "ALTER TABLE t ADD CONSTRAINT x EXCLUDE USING btree (a WITH =)"],
  "a foreign key of a partitioned table that is not valid": [
    `CREATE TABLE r (a int PRIMARY KEY); ${partitioned("t")}`,
    "ALTER TABLE t ADD CONSTRAINT f FOREIGN KEY (a) REFERENCES r NOT VALID",
  ],
  "a BEFORE trigger for each row of a partitioned table": [
    `${partitioned("t")}; CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'`,
    "CREATE TRIGGER g BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION f()",
  ],
  "parameters of an operator class": ["CREATE TABLE t (a tsvector)", "CREATE INDEX i ON t USING gist (a tsvector_ops (siglen = 100))"],
  "INCLUDE of an spgist index": ["CREATE TABLE t (a point, b int)", "CREATE INDEX i ON t USING spgist (a) INCLUDE (b)"],
  "the access method of a partitioned table":
    "CREATE ACCESS METHOD other TYPE TABLE HANDLER heap_tableam_handler; CREATE TABLE t (a int) PARTITION BY LIST (a) USING other",
  "expressions of a statistics object": ["CREATE TABLE t (a int, b int)", "CREATE STATISTICS s ON (a + 1), b FROM t"],
  "the target of a statistics object": [
    "CREATE TABLE t (a int, b int)",
    "CREATE STATISTICS s ON a, b FROM t; ALTER STATISTICS s SET STATISTICS 9",
  ],
  "the event login": [
    "CREATE FUNCTION f() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END'",
    "CREATE EVENT TRIGGER e ON login EXECUTE FUNCTION f(); ALTER EVENT TRIGGER e DISABLE",
  ],
  publish_via_partition_root: "CREATE PUBLICATION p WITH (publish_via_partition_root = true)",
  "publications of schemas": "CREATE PUBLICATION p FOR TABLES IN SCHEMA public",
  "lists of columns and filters of a publication": [
    "CREATE TABLE t (a int PRIMARY KEY, b int)",
    "CREATE PUBLICATION p FOR TABLE t (a) WHERE (a > 0)",
  ],
  publish_generated_columns: "CREATE PUBLICATION p WITH (publish_generated_columns = stored)",
  "rules of a collation": "CREATE COLLATION c (provider = icu, locale = 'und', rules = '&a < b')",
  "the builtin provider of a collation": "CREATE COLLATION c (provider = builtin, locale = 'C.UTF-8')",
  "the Greek stemmer": "CREATE TEXT SEARCH CONFIGURATION c (COPY = greek)",
  "stemmers of Armenian, Basque, Catalan, Hindi, Serbian and Yiddish": "CREATE TEXT SEARCH CONFIGURATION c (COPY = hindi)",
  "the Estonian stemmer": "CREATE TEXT SEARCH CONFIGURATION c (COPY = estonian)",
  "the option deduplicate_items": ["CREATE TABLE t (a int)", "CREATE INDEX i ON t (a) WITH (deduplicate_items = off)"],
  "the option autovacuum_vacuum_insert_threshold": option("autovacuum_vacuum_insert_threshold = 9"),
  "the option autovacuum_vacuum_insert_scale_factor": option("toast.autovacuum_vacuum_insert_scale_factor = 0.5"),
  "the value auto of vacuum_index_cleanup": option("vacuum_index_cleanup = auto"),
  "the option security_invoker": "CREATE VIEW v WITH (security_invoker) AS SELECT 1 AS a",
  "the option autovacuum_vacuum_max_threshold": option("autovacuum_vacuum_max_threshold = 9"),
  "the option vacuum_max_eager_freeze_failure_rate": option("vacuum_max_eager_freeze_failure_rate = 0.5"),
  "a time zone of generate_series": "CREATE VIEW v AS SELECT generate_series(now(), now(), '1 day', 'UTC') AS a",
  "position and flags of regexp_replace": "CREATE VIEW v AS SELECT regexp_replace('a', 'b', 'c', 1, 2) AS a",
  "bounds of random": "CREATE TABLE t (a int DEFAULT random(1, 6))",
  "arrays in json_strip_nulls": "CREATE VIEW v AS SELECT json_strip_nulls('1', true) AS a",
}

function partitioned(name: string): string {
  return `CREATE TABLE ${name} (a int) PARTITION BY LIST (a)`
}

function option(text: string): readonly [string, string] {
  return ["CREATE TABLE t (a text)", `ALTER TABLE t SET (${text})`]
}

function merge(clause: string, result = "void"): readonly [string, string] {
  return [
    "CREATE TABLE t (a int)",
    `CREATE FUNCTION f() RETURNS ${result} LANGUAGE sql BEGIN ATOMIC MERGE INTO t USING (VALUES (1)) AS v (x) ON t.a = v.x ${clause}; END`,
  ]
}

/** New names of pg_catalog, with the major that brought them. */
export const NAME_EXAMPLES: Readonly<Record<string, readonly [since: number, sql: string]>> = {
  gen_random_uuid: [13, "CREATE TABLE t (a uuid DEFAULT gen_random_uuid())"],
  date_bin: [
    14,
    "CREATE FUNCTION f(a timestamp DEFAULT date_bin('1 day', '2000-01-01', '2000-01-01')) RETURNS int LANGUAGE sql AS 'SELECT 1'",
  ],
  int4multirange: [14, "CREATE TABLE t (a int4multirange[])"],
  int4_minmax_multi_ops: [14, "CREATE TABLE t (a int); CREATE INDEX i ON t USING brin (a int4_minmax_multi_ops)"],
  any_value: [16, "CREATE VIEW v AS SELECT any_value(x) AS a FROM (VALUES (1)) AS v (x)"],
  pg_stat_io: [16, "CREATE VIEW v AS SELECT count(*) AS a FROM pg_stat_io"],
  uuidv7: [18, "CREATE TABLE t (a uuid DEFAULT uuidv7())"],
}
