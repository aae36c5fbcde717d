import { type KindPair, pair, since } from "./kind-pair.ts"

const T = "CREATE TABLE t (a int, b int);"
const PARTITIONED = "CREATE TABLE p (k int, v int) PARTITION BY LIST (k); CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1);"
const CHILD = "CREATE TABLE q (a int); CREATE TABLE c () INHERITS (q);"
const TRIGGER_FUNCTION = "CREATE FUNCTION tf() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';"
const TWO_KEYS = "CREATE TABLE r (id int PRIMARY KEY); CREATE TABLE s (id int CONSTRAINT s_fk REFERENCES r);"
const SELF_KEY = (check: string) => `CREATE TABLE w (id int PRIMARY KEY, up int CONSTRAINT w_fk REFERENCES w);
  DO $$ BEGIN EXECUTE (SELECT format('ALTER TABLE w DISABLE TRIGGER %I', t.tgname) FROM pg_trigger AS t WHERE t.tgfoid = 'pg_catalog."RI_FKey_${check}"'::regproc); END $$;`
const PARTITIONED_KEY =
  "CREATE TABLE r (id int PRIMARY KEY); CREATE TABLE s (k int, id int CONSTRAINT s_fk REFERENCES r) PARTITION BY LIST (k); CREATE TABLE s1 PARTITION OF s FOR VALUES IN (1);"
const KEY_TO_PARTITIONS =
  "CREATE TABLE q (id int PRIMARY KEY) PARTITION BY LIST (id); CREATE TABLE q1 PARTITION OF q FOR VALUES IN (1, 2) PARTITION BY LIST (id); CREATE TABLE q11 PARTITION OF q1 FOR VALUES IN (1); CREATE TABLE s (id int CONSTRAINT s_fk REFERENCES q);"
const SUBPARTITION_TRIGGER = `CREATE TABLE p (k int, v int) PARTITION BY LIST (k); CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1, 2) PARTITION BY LIST (k);
  CREATE TABLE p11 PARTITION OF p1 FOR VALUES IN (1); ${TRIGGER_FUNCTION} CREATE TRIGGER tg AFTER INSERT ON p FOR EACH ROW EXECUTE FUNCTION tf();`
const IDENTITY_PARTITIONS =
  "CREATE TABLE p (a int GENERATED ALWAYS AS IDENTITY, k int) PARTITION BY LIST (k); CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1); CREATE TABLE p2 (a int NOT NULL, k int); ALTER TABLE p ATTACH PARTITION p2 FOR VALUES IN (2)"
const IDENTITY = "CREATE TABLE t (a bigint GENERATED ALWAYS AS IDENTITY);"

/** Relations: storage, states, partitions, NOT NULL. */
export const STORAGE_PAIRS: readonly KindPair[] = [
  // Properties of an index behind a key that are not in the constraint's definition.
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
    "the other side's triggers of a foreign key disabled",
    `${TWO_KEYS} ALTER TABLE s DISABLE TRIGGER ALL`,
    `${TWO_KEYS} ALTER TABLE r DISABLE TRIGGER ALL`,
    "changed constraint public s.s_fk",
  ),
  pair(
    "both sides' triggers of a foreign key disabled",
    `${TWO_KEYS} ALTER TABLE s DISABLE TRIGGER ALL; ALTER TABLE r DISABLE TRIGGER ALL`,
    `${TWO_KEYS} ALTER TABLE r DISABLE TRIGGER ALL`,
    "changed constraint public s.s_fk",
  ),
  pair(
    "one trigger of a foreign key to its own table disabled",
    SELF_KEY("check_ins"),
    SELF_KEY("noaction_del"),
    "changed constraint public w.w_fk",
  ),
  pair(
    "triggers of deferrable and of foreign keys disabled, the same on any major",
    `${SELF_KEY("check_upd")} CREATE TABLE d (a int UNIQUE DEFERRABLE); ALTER TABLE d DISABLE TRIGGER ALL`,
    `${SELF_KEY("check_upd")} CREATE TABLE d (a int UNIQUE DEFERRABLE); ALTER TABLE d DISABLE TRIGGER ALL`,
  ),
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
  ...["s1", "r"].map((table) =>
    pair(
      `the triggers of a partition's foreign key, those of ${table} disabled`,
      PARTITIONED_KEY,
      `${PARTITIONED_KEY} ALTER TABLE ${table} DISABLE TRIGGER ALL`,
      table === "r" ? "changed constraint public s.s_fk" : "changed table public s1",
    ),
  ),
  pair(
    "the triggers of a foreign key to partitions, those of one disabled",
    KEY_TO_PARTITIONS,
    `${KEY_TO_PARTITIONS} ALTER TABLE q11 DISABLE TRIGGER ALL`,
    "changed table public q11",
  ),
  ...[PARTITIONED_KEY, KEY_TO_PARTITIONS].map((schema, at) =>
    pair(
      `disabled triggers of the foreign keys of partitions (${at + 1}), the same on any major`,
      `${schema} ALTER TABLE ${at === 0 ? "s1" : "q11"} DISABLE TRIGGER ALL`,
      `${schema} ALTER TABLE ${at === 0 ? "s1" : "q11"} DISABLE TRIGGER ALL`,
    ),
  ),
  pair(
    "the trigger of a partition's partition enabled",
    `${SUBPARTITION_TRIGGER} ALTER TABLE p11 DISABLE TRIGGER tg`,
    SUBPARTITION_TRIGGER,
    "changed table public p11",
  ),
  pair(
    "the trigger of a partition's partition disabled",
    SUBPARTITION_TRIGGER,
    `${SUBPARTITION_TRIGGER} ALTER TABLE p11 DISABLE TRIGGER tg`,
    "changed table public p11",
  ),
  pair(
    "statistics target of a partition's index",
    `${PARTITIONED} CREATE INDEX i ON p ((v + 1))`,
    `${PARTITIONED} CREATE INDEX i ON p ((v + 1)); ALTER INDEX p1_expr_idx ALTER COLUMN 1 SET STATISTICS 7`,
    "changed table public p1",
  ),
  // What a child inherits from its parent, and its own.
  pair(
    "a child's check that was validated on its own",
    `${CHILD} ALTER TABLE q ADD CONSTRAINT k CHECK (a > 0) NOT VALID`,
    `${CHILD} ALTER TABLE q ADD CONSTRAINT k CHECK (a > 0) NOT VALID; ALTER TABLE c VALIDATE CONSTRAINT k`,
    "changed table public c",
  ),
  pair(
    "a column that a child declares as well",
    CHILD,
    "CREATE TABLE q (a int); CREATE TABLE c (a int) INHERITS (q)",
    "changed column public c.a",
  ),
  pair("a child that stands alone afterwards", CHILD, `${CHILD} ALTER TABLE c NO INHERIT q`, "changed table public c"),
  since(
    18,
    pair(
      "a child's own name for NOT NULL",
      "CREATE TABLE q (a int CONSTRAINT n NOT NULL); CREATE TABLE c () INHERITS (q)",
      "CREATE TABLE q (a int CONSTRAINT n NOT NULL); CREATE TABLE c (CONSTRAINT m NOT NULL a) INHERITS (q)",
      "changed column public c.a",
    ),
  ),
  pair(
    "the name of an identity's sequence",
    "CREATE TABLE t (a int GENERATED ALWAYS AS IDENTITY)",
    "CREATE TABLE t (a int GENERATED ALWAYS AS IDENTITY (SEQUENCE NAME mine))",
    "changed sequence public of identity column a",
  ),
  pair("the type of an identity's sequence", IDENTITY, `${IDENTITY} ALTER SEQUENCE t_a_seq AS integer`, "changed column public t.a"),
  pair(
    "identity of columns of every type",
    "CREATE TABLE t (a smallint GENERATED ALWAYS AS IDENTITY, b int GENERATED ALWAYS AS IDENTITY, c bigint GENERATED ALWAYS AS IDENTITY); ALTER TABLE t ALTER a TYPE int",
    "CREATE TABLE t (a int GENERATED ALWAYS AS IDENTITY, b int GENERATED ALWAYS AS IDENTITY, c bigint GENERATED ALWAYS AS IDENTITY)",
  ),
  pair(
    "a new table's identity with a sequence of another type",
    "",
    `${IDENTITY} ALTER SEQUENCE t_a_seq AS integer`,
    "added table public t",
  ),
  pair(
    "a child's own identity",
    "CREATE TABLE q (a int NOT NULL); CREATE TABLE c () INHERITS (q)",
    "CREATE TABLE q (a int NOT NULL); CREATE TABLE c () INHERITS (q); ALTER TABLE c ALTER a ADD GENERATED ALWAYS AS IDENTITY",
    "changed column public c.a",
  ),
  pair(
    "a parent's and its child's own identity",
    "CREATE TABLE q (a int NOT NULL); CREATE TABLE c () INHERITS (q)",
    "CREATE TABLE q (a int NOT NULL); CREATE TABLE c () INHERITS (q); ALTER TABLE q ALTER a ADD GENERATED ALWAYS AS IDENTITY; ALTER TABLE c ALTER a ADD GENERATED ALWAYS AS IDENTITY",
    "changed column public q.a",
    "changed column public c.a",
  ),
  pair("identity of a partitioned table, which its partitions inherit since 17", IDENTITY_PARTITIONS, IDENTITY_PARTITIONS),
  pair(
    "sequences of an unlogged table, which no server before 15 has",
    "CREATE UNLOGGED TABLE t (a int GENERATED ALWAYS AS IDENTITY, b serial)",
    "CREATE UNLOGGED TABLE t (a int GENERATED ALWAYS AS IDENTITY, b serial)",
  ),
  // Options in other spellings.
  pair(
    "storage parameters that are spelled differently",
    "CREATE TABLE t (a text, j jsonb, k int UNIQUE WITH (deduplicate_items = off)) WITH (autovacuum_enabled = off, autovacuum_vacuum_scale_factor = 0.10, toast.autovacuum_enabled = no); CREATE INDEX i ON t USING gin (j) WITH (fastupdate = off); CREATE VIEW v WITH (security_barrier) AS SELECT a FROM t",
    "CREATE TABLE t (a text, j jsonb, k int UNIQUE WITH (deduplicate_items = 0)) WITH (autovacuum_enabled = false, autovacuum_vacuum_scale_factor = 0.1, toast.autovacuum_enabled = false); CREATE INDEX i ON t USING gin (j) WITH (fastupdate = FALSE); CREATE VIEW v WITH (security_barrier = 1) AS SELECT a FROM t",
  ),
  pair(
    "an index's option",
    "CREATE TABLE t (j jsonb); CREATE INDEX i ON t USING gin (j) WITH (fastupdate = off)",
    "CREATE TABLE t (j jsonb); CREATE INDEX i ON t USING gin (j) WITH (fastupdate = on)",
    "changed index public i",
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
  pair(
    "statistics target of an exclusion constraint's index",
    "CREATE TABLE t (a int, CONSTRAINT x EXCLUDE USING btree ((a + 1) WITH =))",
    "CREATE TABLE t (a int, CONSTRAINT x EXCLUDE USING btree ((a + 1) WITH =)); ALTER INDEX x ALTER COLUMN 1 SET STATISTICS 9",
    "changed constraint public t.x",
  ),
  pair(
    "a key's index that goes with an extension",
    "CREATE TABLE t (a int CONSTRAINT k PRIMARY KEY)",
    "CREATE TABLE t (a int CONSTRAINT k PRIMARY KEY); ALTER INDEX k DEPENDS ON EXTENSION plpgsql",
    "changed constraint public t.k",
  ),
  since(
    18,
    pair(
      "a child's NOT NULL that is its own as well",
      "CREATE TABLE p (a int CONSTRAINT n NOT NULL); CREATE TABLE c (a int) INHERITS (p)",
      "CREATE TABLE p (a int CONSTRAINT n NOT NULL); CREATE TABLE c (a int CONSTRAINT n NOT NULL) INHERITS (p)",
      "changed column public c.a",
    ),
  ),
]
