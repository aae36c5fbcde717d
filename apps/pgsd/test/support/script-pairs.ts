import { type KindPair, pair } from "./kind-pair.ts"

const ROLE = "DO $$ BEGIN IF to_regrole('pgsd_case_a') IS NULL THEN CREATE ROLE pgsd_case_a; END IF; END $$;"
const PARTITIONED = "CREATE TABLE p (a int, b int) PARTITION BY LIST (a); CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1);"
const IDENTITY = "ALTER TABLE t REPLICA IDENTITY USING INDEX i"
const T = "CREATE TABLE t (a int NOT NULL, b int);"
const OF_EXTENSION = "CREATE SCHEMA x; ALTER EXTENSION plpgsql ADD SCHEMA x;"

const OPERATOR = "CREATE OPERATOR === (LEFTARG = int, RIGHTARG = int, FUNCTION = int4eq);"
const UNWRITTEN_FUNCTION =
  "CREATE AGGREGATE c(text) (SFUNC = textcat, STYPE = text); CREATE FUNCTION f(text) RETURNS tsvector IMMUTABLE LANGUAGE sql AS 'SELECT to_tsvector(''simple'', public.c($1))';"
const QUOTED_COLUMN = 'CREATE TABLE p (a int, "b""(x" int) PARTITION BY LIST (a); CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1);'
const GRANTABLE = `${ROLE} ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO pgsd_case_a WITH GRANT OPTION; ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO pgsd_case_a`
const COLLATED = (index: string) =>
  `CREATE TABLE t (a text NOT NULL); CREATE UNIQUE INDEX i ON t ${index}; CREATE TABLE r (a text, CONSTRAINT f FOREIGN KEY (a) REFERENCES t (a))`

/** What a statement of --format sql takes with it, or what stands in its way. */
export const SCRIPT_PAIRS: readonly KindPair[] = [
  pair("an index of a partitioned table", PARTITIONED, `${PARTITIONED} CREATE INDEX "i ON" ON p (a)`, "added index public i ON"),
  pair(
    "a valid check of a child, which its parent has as not valid",
    "CREATE TABLE p (a int); CREATE TABLE q () INHERITS (p)",
    "CREATE TABLE p (a int); CREATE TABLE q () INHERITS (p); ALTER TABLE q ADD CONSTRAINT k CHECK (a > 0); ALTER TABLE p ADD CONSTRAINT k CHECK (a > 0) NOT VALID",
    "added constraint public p.k",
    "added constraint public q.k",
  ),
  pair(
    "another index of a partitioned table",
    `${PARTITIONED} CREATE INDEX i ON p (a)`,
    `${PARTITIONED} CREATE INDEX i ON p (a DESC)`,
    "changed index public i",
  ),
  pair(
    "a partition's own index statistics, which would go with the index",
    `${PARTITIONED} CREATE INDEX i ON p ((a + 1)); ALTER INDEX p1_expr_idx ALTER COLUMN 1 SET STATISTICS 500`,
    `${PARTITIONED} CREATE INDEX i ON p ((a + 1) DESC); ALTER INDEX p1_expr_idx ALTER COLUMN 1 SET STATISTICS 500`,
    "changed index public i",
  ),
  pair(
    "a table's privilege becomes a column's",
    `${ROLE} ${T} GRANT SELECT ON t TO pgsd_case_a`,
    `${ROLE} ${T} GRANT SELECT (a) ON t TO pgsd_case_a`,
    "added grant public column:t.a:pgsd_case_a",
    "removed grant public table:t:pgsd_case_a",
  ),
  pair(
    "a table's privilege goes, a column's stays",
    `${ROLE} ${T} GRANT SELECT, INSERT ON t TO pgsd_case_a; GRANT SELECT (a), INSERT (a) ON t TO pgsd_case_a; GRANT SELECT (b) ON t TO pgsd_case_a`,
    `${ROLE} ${T} GRANT INSERT ON t TO pgsd_case_a; GRANT SELECT (a), INSERT (a) ON t TO pgsd_case_a; GRANT SELECT (b) ON t TO pgsd_case_a WITH GRANT OPTION`,
    "changed grant public table:t:pgsd_case_a",
    "changed grant public column:t.b:pgsd_case_a",
  ),
  pair(
    "a view's privilege becomes a column's",
    `${ROLE} ${T} CREATE VIEW v AS SELECT a, b FROM t; GRANT SELECT ON v TO pgsd_case_a; GRANT SELECT (b) ON v TO pgsd_case_a`,
    `${ROLE} ${T} CREATE VIEW v AS SELECT a, b FROM t; GRANT SELECT (b) ON v TO pgsd_case_a`,
    "removed grant public view:v:pgsd_case_a",
  ),
  pair(
    "an index that is the replica identity",
    `${T} CREATE UNIQUE INDEX i ON t (a); ${IDENTITY}`,
    `${T} CREATE UNIQUE INDEX i ON t (a) INCLUDE (b); ${IDENTITY}`,
    "changed index public i",
  ),
  pair(
    "a unique index that a foreign key needs",
    `${T} CREATE UNIQUE INDEX i ON t (a, b); CREATE TABLE r (a int, b int, CONSTRAINT f FOREIGN KEY (b, a) REFERENCES t (b, a))`,
    `${T} CREATE UNIQUE INDEX i ON t (a, b) WITH (fillfactor = 70); CREATE TABLE r (a int, b int, CONSTRAINT f FOREIGN KEY (b, a) REFERENCES t (b, a))`,
    "changed index public i",
  ),
  pair(
    "a unique index of a table that a foreign key refers to by another key",
    `${T} CREATE UNIQUE INDEX i ON t (a); ALTER TABLE t ADD UNIQUE (b); CREATE TABLE r (b int REFERENCES t (b))`,
    `${T} CREATE UNIQUE INDEX i ON t (a DESC); ALTER TABLE t ADD UNIQUE (b); CREATE TABLE r (b int REFERENCES t (b))`,
    "changed index public i",
  ),
  pair("a schema that an extension makes", "", OF_EXTENSION, "changed extension plpgsql"),
  pair("a table in a schema that an extension makes", OF_EXTENSION, `${OF_EXTENSION} CREATE TABLE x.t (a int)`, "added table x t"),
  pair(
    "another name of a primary key",
    "CREATE TABLE t (a int CONSTRAINT t_pkey PRIMARY KEY)",
    "CREATE TABLE t (a int CONSTRAINT t_pk PRIMARY KEY)",
    "added constraint public t.t_pk",
    "removed constraint public t.t_pkey",
  ),
  pair(
    "another name of a primary key that a foreign key needs",
    "CREATE TABLE t (a int CONSTRAINT t_pkey PRIMARY KEY); CREATE TABLE r (a int REFERENCES t)",
    "CREATE TABLE t (a int CONSTRAINT t_pk PRIMARY KEY); CREATE TABLE r (a int REFERENCES t)",
    "added constraint public t.t_pk",
    "removed constraint public t.t_pkey",
  ),
  pair(
    "another primary key, and a foreign key on it",
    `${T} ALTER TABLE t ADD CONSTRAINT t_pkey PRIMARY KEY (a), ALTER b SET NOT NULL; CREATE TABLE r (b int)`,
    `${T} ALTER TABLE t ADD CONSTRAINT t_pk PRIMARY KEY (b); CREATE TABLE r (b int CONSTRAINT f REFERENCES t)`,
    "added constraint public r.f",
    "added constraint public t.t_pk",
    "removed constraint public t.t_pkey",
  ),
  pair(
    "a unique index and a key by its name",
    `${T} CREATE UNIQUE INDEX u ON t (a)`,
    `${T} ALTER TABLE t ADD CONSTRAINT u UNIQUE (a)`,
    "added constraint public t.u",
    "removed index public u",
  ),
  pair(
    "an index by the name of another's table",
    `${T} CREATE TABLE u (a int)`,
    `${T} CREATE INDEX u ON t (a)`,
    "added index public u",
    "removed table public u",
  ),
  pair(
    "a table by another name, with the names of its keys",
    "CREATE TABLE t (a int CONSTRAINT k PRIMARY KEY)",
    "CREATE TABLE u (a int CONSTRAINT k PRIMARY KEY)",
    "added table public u",
    "removed table public t",
  ),
  pair(
    "partitions that overlap former ones",
    "CREATE TABLE p (a int) PARTITION BY LIST (a); CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1, 2)",
    "CREATE TABLE p (a int) PARTITION BY LIST (a); CREATE TABLE p1a PARTITION OF p FOR VALUES IN (2)",
    "added table public p1a",
    "removed table public p1",
  ),
  pair(
    "partitions beside former ones",
    "CREATE TABLE p (a date) PARTITION BY RANGE (a); CREATE TABLE p1 PARTITION OF p FOR VALUES FROM ('2024-01-01') TO ('2024-02-01')",
    "CREATE TABLE p (a date) PARTITION BY RANGE (a); CREATE TABLE p2 PARTITION OF p FOR VALUES FROM ('2024-02-01') TO ('2024-03-01')",
    "added table public p2",
    "removed table public p1",
  ),
  // What a drop takes along, and what still needs it.
  pair(
    "a serial column",
    "CREATE TABLE t (a int)",
    "CREATE TABLE t (a int, id serial PRIMARY KEY)",
    "added sequence public t_id_seq",
    "added column public t.id",
    "added constraint public t.t_pkey",
  ),
  pair(
    "a column that a view has, whose columns change",
    `${T} CREATE VIEW v AS SELECT a FROM t`,
    'CREATE TABLE t (a int NOT NULL, b int, "ü-(x" int); CREATE VIEW v AS SELECT a, "ü-(x" FROM t',
    "added column public t.ü-(x",
    "changed view public v",
  ),
  pair(
    "a column of a key that changes",
    "CREATE TABLE t (a int PRIMARY KEY)",
    "CREATE TABLE t (a int, b int, PRIMARY KEY (a, b))",
    "added column public t.b",
    "changed constraint public t.t_pkey",
  ),
  pair(
    "an extension and what needs it",
    "",
    "CREATE SCHEMA e; CREATE EXTENSION citext SCHEMA e; CREATE TABLE t (a e.citext); CREATE INDEX i ON t (a)",
    "added extension citext",
    "added schema e",
    "added table public t",
  ),
  pair(
    "an operator that is not written, and what needs it",
    "",
    "CREATE OPERATOR === (LEFTARG = int, RIGHTARG = int, FUNCTION = int4eq); CREATE TABLE t (a int CHECK (a === 1)); CREATE VIEW v AS SELECT 1 === 2 AS a",
    "added operator public ===(integer, integer)",
    "added table public t",
    "added view public v",
  ),
  pair(
    "a cast that is not written, and what needs it",
    "",
    "CREATE TYPE c AS (a int); CREATE FUNCTION f(int) RETURNS c IMMUTABLE LANGUAGE sql AS 'SELECT ROW($1)::c'; CREATE CAST (int AS c) WITH FUNCTION f(int); CREATE VIEW v AS SELECT 1::c AS a; CREATE TABLE t (a c)",
    "added cast integer AS public.c",
    "added composite_type public c",
    "added function public f(integer)",
    "added table public t",
    "added view public v",
  ),
  pair(
    "an extension whose wrapper is needed",
    "",
    "CREATE EXTENSION postgres_fdw; CREATE SERVER s FOREIGN DATA WRAPPER postgres_fdw; CREATE FOREIGN TABLE ft (a int) SERVER s; CREATE VIEW v AS SELECT a FROM ft",
    "added extension postgres_fdw",
    "added foreign_server s",
    "added foreign_table public ft",
    "added view public v",
  ),
  pair(
    "tables, and functions by their names that need each other's tables",
    "",
    "CREATE TABLE a (x int); CREATE TABLE b (x int); CREATE FUNCTION a(b) RETURNS SETOF a LANGUAGE sql AS 'SELECT 1'; CREATE FUNCTION b(a) RETURNS SETOF b LANGUAGE sql AS 'SELECT 1'; CREATE VIEW v AS SELECT b(a) AS x FROM a",
    "added function public a(public.b)",
    "added function public b(public.a)",
    "added table public a",
    "added table public b",
    "added view public v",
  ),
  pair(
    "a view that reads from itself",
    "",
    "CREATE VIEW v AS SELECT 1 AS a; CREATE OR REPLACE VIEW v AS SELECT a FROM v; CREATE VIEW w AS SELECT a FROM v",
    "added view public v",
    "added view public w",
  ),
  pair(
    "an index on a function that needs something that is not written",
    "CREATE TABLE t (a text)",
    `CREATE TABLE t (a text); ${UNWRITTEN_FUNCTION} CREATE INDEX i ON t USING gin (f(a))`,
    "added function public f(text)",
    "added index public i",
    "added aggregate public c(text)",
  ),
  pair(
    "an extension, and a function that goes with it and is not dropped",
    `CREATE EXTENSION citext; CREATE FUNCTION "f(1"() RETURNS int LANGUAGE sql AS 'SELECT 1'; ALTER FUNCTION "f(1"() DEPENDS ON EXTENSION citext`,
    "",
    "removed extension citext",
    "removed function public f(1()",
  ),
  pair(
    "an extension, and a function that goes with it",
    "CREATE EXTENSION citext; CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'; ALTER FUNCTION f() DEPENDS ON EXTENSION citext",
    "",
    "removed extension citext",
    "removed function public f()",
  ),
  pair(
    "a column of a child's key that changes",
    "CREATE TABLE p (a int, b int); CREATE TABLE c (CONSTRAINT k UNIQUE (b)) INHERITS (p)",
    "CREATE TABLE p (a int); CREATE TABLE c (CONSTRAINT k UNIQUE (a)) INHERITS (p)",
    "changed constraint public c.k",
    "removed column public p.b",
  ),
  pair(
    "a column of a partition's key that changes, with a quote in its name",
    `${QUOTED_COLUMN} ALTER TABLE p1 ADD CONSTRAINT k UNIQUE (a, "b""(x")`,
    `${QUOTED_COLUMN} ALTER TABLE p1 ADD CONSTRAINT k UNIQUE (a); ALTER TABLE p DROP "b""(x"`,
    "changed constraint public p1.k",
    'removed column public p.b"(x',
  ),
  pair(
    "the default of a view's new column, where the view is not changed",
    "CREATE VIEW v AS SELECT 1 AS a",
    `${OPERATOR} CREATE VIEW v AS SELECT 1 AS a, 1 === 2 AS b; ALTER VIEW v ALTER b SET DEFAULT true`,
    "added column public v.b",
    "added operator public ===(integer, integer)",
    "changed view public v",
  ),
  pair(
    "a serial column that a view keeps",
    "CREATE TABLE t (a int, b serial); CREATE VIEW v AS SELECT b FROM t",
    "CREATE TABLE t (a int); CREATE VIEW v AS SELECT 'x' AS b",
    "changed view public v",
    "removed column public t.b",
    "removed sequence public t_b_seq",
  ),
  pair(
    "a parent's column that is not written, with a child's own default",
    "CREATE TABLE p (); CREATE TABLE c () INHERITS (p)",
    `${OPERATOR} CREATE TABLE p (x bool DEFAULT 1 === 1); CREATE TABLE c () INHERITS (p); ALTER TABLE c ALTER x SET DEFAULT true; CREATE TABLE d () INHERITS (p); ALTER TABLE d ALTER x SET DEFAULT true`,
    "added column public c.x",
    "added column public p.x",
    "added operator public ===(integer, integer)",
    "added table public d",
  ),
  pair(
    "a parent's column that a view keeps, with a child's own default",
    "CREATE TABLE p (a int, x int); CREATE TABLE c () INHERITS (p); ALTER TABLE c ALTER x SET DEFAULT 1; CREATE VIEW v AS SELECT x FROM p",
    "CREATE TABLE p (a int); CREATE TABLE c () INHERITS (p); CREATE VIEW v AS SELECT 'x' AS x",
    "changed view public v",
    "removed column public c.x",
    "removed column public p.x",
  ),
  pair(
    "default privileges with and without grant option",
    GRANTABLE,
    `${ROLE} CREATE TABLE t (); GRANT SELECT ON t TO pgsd_case_a; ${GRANTABLE}`,
    "added table public t",
  ),
  pair(
    "a unique index with a collation that a foreign key needs",
    COLLATED('(a COLLATE "C")'),
    COLLATED('(a COLLATE "C") WITH (fillfactor = 70)'),
    "changed index public i",
  ),
  pair(
    "partitions whose bounds are equal as numbers",
    "CREATE TABLE p (a numeric) PARTITION BY LIST (a); CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1)",
    "CREATE TABLE p (a numeric) PARTITION BY LIST (a); CREATE TABLE p2 PARTITION OF p FOR VALUES IN (1.0)",
    "added table public p2",
    "removed table public p1",
  ),
  pair(
    "partitions whose bounds are digits of a text",
    "CREATE TABLE p (a text) PARTITION BY RANGE (a); CREATE TABLE p1 PARTITION OF p FOR VALUES FROM ('1') TO ('9')",
    "CREATE TABLE p (a text) PARTITION BY RANGE (a); CREATE TABLE p2 PARTITION OF p FOR VALUES FROM ('10') TO ('20')",
    "added table public p2",
    "removed table public p1",
  ),
  // Parts of a new table that are not written.
  pair(
    "a new table with an index that is not written, and a foreign key on it",
    "",
    `${UNWRITTEN_FUNCTION} CREATE TABLE t (a text PRIMARY KEY); CREATE INDEX i ON t USING gin (f(a)); COMMENT ON INDEX i IS 'x'; CREATE INDEX j ON t ((a || a)); CREATE TABLE r (a text REFERENCES t)`,
    "added function public f(text)",
    "added table public r",
    "added table public t",
    "added aggregate public c(text)",
  ),
  pair(
    "a new table with parts of every kind that are not written",
    "",
    `${OPERATOR} CREATE FUNCTION tf() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
      CREATE TABLE t (a int PRIMARY KEY, b int UNIQUE, CONSTRAINT c CHECK (a === 1), CONSTRAINT x EXCLUDE (b WITH =) WHERE (a === 1));
      CREATE POLICY p ON t USING (a === 1); CREATE TRIGGER g BEFORE INSERT ON t FOR EACH ROW WHEN (NEW.a === 1) EXECUTE FUNCTION tf();
      CREATE RULE r AS ON DELETE TO t WHERE OLD.a === 1 DO INSTEAD NOTHING; CREATE STATISTICS s ON (a === 1), b FROM t; COMMENT ON TRIGGER g ON t IS 'x';
      CREATE TABLE k (a int REFERENCES t); ALTER TABLE k DISABLE TRIGGER ALL; CREATE VIEW v AS SELECT a, b FROM t GROUP BY a`,
    "added function public tf()",
    "added operator public ===(integer, integer)",
    "added table public k",
    "added table public t",
    "added view public v",
  ),
  pair(
    "a new table's key that is not written, and a foreign key on it",
    "CREATE TABLE t_key (x int)",
    "CREATE TABLE t (a int CONSTRAINT t_key UNIQUE); COMMENT ON INDEX t_key IS 'x'; CREATE TABLE r (a int CONSTRAINT f REFERENCES t (a))",
    "added table public r",
    "added table public t",
    "removed table public t_key",
  ),
  pair(
    "a new table whose replica identity is not written",
    "CREATE TABLE u (x int)",
    "CREATE TABLE t (a int NOT NULL); CREATE UNIQUE INDEX u ON t (a); ALTER TABLE t REPLICA IDENTITY USING INDEX u",
    "added table public t",
    "removed table public u",
  ),
  pair(
    "what a new table gets later, or not",
    "",
    `${ROLE} ${ROLE.replaceAll("case_a", "case_b")} CREATE TABLE t (a int, b int); COMMENT ON TYPE t IS 'x'; ALTER TABLE t ALTER b SET (n_distinct = 5);
      GRANT SELECT ON t TO pgsd_case_a WITH GRANT OPTION; GRANT SELECT (b) ON t TO pgsd_case_a WITH GRANT OPTION; SET ROLE pgsd_case_a;
      GRANT SELECT ON t TO pgsd_case_b; GRANT SELECT (b) ON t TO pgsd_case_b; RESET ROLE`,
    "added table public t",
  ),
  pair(
    "text search configurations, and what needs them",
    "",
    `CREATE SCHEMA e; CREATE EXTENSION dict_int SCHEMA e; CREATE TEXT SEARCH CONFIGURATION c (COPY = german); CREATE TEXT SEARCH CONFIGURATION "C d" (PARSER = pg_catalog."default");
      ALTER TEXT SEARCH CONFIGURATION c ALTER MAPPING FOR word, int WITH e.intdict, german_stem; COMMENT ON TEXT SEARCH CONFIGURATION c IS 'x';
      CREATE TABLE t (a text, b tsvector GENERATED ALWAYS AS (to_tsvector('c', a)) STORED); CREATE INDEX i ON t USING gin (to_tsvector('"C d"', a))`,
    "added extension dict_int",
    "added schema e",
    "added table public t",
    "added text_search_configuration public C d",
    "added text_search_configuration public c",
  ),
]
