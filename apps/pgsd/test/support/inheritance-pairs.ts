import { type KindPair, pair, since } from "./kind-pair.ts"

const ROLE = "DO $$ BEGIN IF to_regrole('pgsd_case_a') IS NULL THEN CREATE ROLE pgsd_case_a; END IF; END $$;"
const CHAIN = (top: string, middle: string, low: string) =>
  `CREATE TABLE z (${top}); CREATE TABLE m () INHERITS (z); CREATE TABLE a () INHERITS (m); ${middle}; ${low}`
const DEFAULTS = "ALTER TABLE m ALTER x SET DEFAULT 2"
const OWN = "ALTER TABLE p1 ALTER b SET STATISTICS 500; COMMENT ON COLUMN p1.a IS 'x'; GRANT SELECT (a) ON p1 TO pgsd_case_a"
const PARTITIONED = `${ROLE} CREATE TABLE p (a int DEFAULT 1, b int) PARTITION BY LIST (a);`
const STOCK = `${ROLE} ALTER DEFAULT PRIVILEGES GRANT SELECT, INSERT ON TABLES TO pgsd_case_a; ALTER DEFAULT PRIVILEGES GRANT USAGE ON SEQUENCES TO pgsd_case_a WITH GRANT OPTION;
  ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC; ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT UPDATE ON TABLES TO pgsd_case_a;
  ALTER DEFAULT PRIVILEGES GRANT USAGE ON TYPES TO pgsd_case_a;`
const OBJECTS = `CREATE TABLE t (a int GENERATED ALWAYS AS IDENTITY, b serial); GRANT INSERT ON t TO pgsd_case_a; CREATE VIEW v AS SELECT 1 AS a;
  CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'; CREATE SEQUENCE s; GRANT USAGE ON SEQUENCE s TO pgsd_case_a; CREATE TYPE e AS ENUM ('a');`
const DOMAIN = "CREATE DOMAIN d AS int;"

/** Children of tables, what exists with another object, and what a new object gets by itself. */
export const INHERITANCE_PAIRS: readonly KindPair[] = [
  // ALTER TABLE changes the children, too.
  pair(
    "a parent's default, with a child's own",
    `${PARTITIONED} CREATE TABLE p1 PARTITION OF p (a DEFAULT 7) FOR VALUES IN (1); CREATE TABLE p2 PARTITION OF p FOR VALUES IN (2)`,
    `${PARTITIONED} CREATE TABLE p1 PARTITION OF p (a DEFAULT 7) FOR VALUES IN (1); CREATE TABLE p2 PARTITION OF p FOR VALUES IN (2); ALTER TABLE p ALTER a SET DEFAULT 5; ALTER TABLE p1 ALTER a SET DEFAULT 7`,
    "changed column public p.a",
  ),
  pair(
    "defaults of three generations",
    CHAIN("x int DEFAULT 1", DEFAULTS, "ALTER TABLE a ALTER x DROP DEFAULT"),
    CHAIN("x int DEFAULT 4", "ALTER TABLE m ALTER x SET DEFAULT 5", "ALTER TABLE a ALTER x DROP DEFAULT"),
    "changed column public m.x",
    "changed column public z.x",
  ),
  pair(
    "storage and statistics of a parent, with a child's own",
    "CREATE TABLE p (a text); CREATE TABLE c () INHERITS (p); ALTER TABLE c ALTER a SET STORAGE main, ALTER a SET STATISTICS 7",
    "CREATE TABLE p (a text); CREATE TABLE c () INHERITS (p); ALTER TABLE p ALTER a SET STORAGE external, ALTER a SET STATISTICS 9; ALTER TABLE c ALTER a SET STORAGE main, ALTER a SET STATISTICS 7",
    "changed column public p.a",
  ),
  // A new child is made of its parent's columns.
  pair(
    "a new partition with properties of its own",
    PARTITIONED,
    `${PARTITIONED} CREATE TABLE p1 PARTITION OF p (a DEFAULT 5, b NOT NULL) FOR VALUES IN (1); ${OWN}`,
    "added table public p1",
  ),
  pair(
    "a new child and its new child, with defaults of their own",
    "CREATE TABLE z (x int DEFAULT 1)",
    CHAIN("x int DEFAULT 1", DEFAULTS, "ALTER TABLE a ALTER x SET DEFAULT 3; COMMENT ON COLUMN a.x IS 'c'"),
    "added table public a",
    "added table public m",
  ),
  pair(
    "a new child and its new child, which share a default",
    "CREATE TABLE z (x int DEFAULT 1)",
    CHAIN("x int DEFAULT 1", DEFAULTS, ""),
    "added table public a",
    "added table public m",
  ),
  pair(
    "a new column of a parent, with a child's own default",
    "CREATE TABLE p (); CREATE TABLE c () INHERITS (p)",
    "CREATE TABLE p (x int); CREATE TABLE c () INHERITS (p); ALTER TABLE c ALTER x SET DEFAULT 5",
    "added column public c.x",
    "added column public p.x",
  ),
  pair(
    "a new column of a parent that its child has as well",
    "CREATE TABLE a_p (); CREATE TABLE z_c () INHERITS (a_p)",
    "CREATE TABLE a_p (x int); CREATE TABLE z_c (x int) INHERITS (a_p)",
    "added column public a_p.x",
    "added column public z_c.x",
  ),
  // What exists with another object.
  pair(
    "comment, privilege and default of a new view's column",
    ROLE,
    `${ROLE} CREATE VIEW v AS SELECT 1 AS a; COMMENT ON COLUMN v.a IS 'x'; GRANT SELECT (a) ON v TO pgsd_case_a; ALTER VIEW v ALTER a SET DEFAULT 1`,
    "added view public v",
  ),
  pair(
    "default of a view's new column",
    "CREATE VIEW v AS SELECT 1 AS a",
    "CREATE VIEW v AS SELECT 1 AS a, 2 AS b; ALTER VIEW v ALTER b SET DEFAULT 1",
    "changed view public v",
    "added column public v.b",
  ),
  pair(
    "comments on parts of a new table and of new types",
    "",
    `CREATE TABLE t (a int PRIMARY KEY); COMMENT ON INDEX t_pkey IS 'x'; CREATE TYPE c AS (a int); COMMENT ON COLUMN c.a IS 'y'; ${DOMAIN} ALTER DOMAIN d ADD CONSTRAINT k CHECK (VALUE > 0); COMMENT ON CONSTRAINT k ON DOMAIN d IS 'z'`,
    "added table public t",
    "added composite_type public c",
    "added domain public d",
  ),
  pair(
    "comment on a new key's index",
    "CREATE TABLE t (a int NOT NULL)",
    "CREATE TABLE t (a int NOT NULL PRIMARY KEY); COMMENT ON INDEX t_pkey IS 'x'",
    "added constraint public t.t_pkey",
    "added index public t_pkey",
  ),
  pair(
    "comment on a new attribute",
    "CREATE TYPE c AS (a int)",
    "CREATE TYPE c AS (a int, b int); COMMENT ON COLUMN c.b IS 'y'",
    "changed composite_type public c",
    "added column public c.b",
  ),
  pair(
    "name, comment and privilege of a new identity's sequence",
    `${ROLE} CREATE TABLE u ()`,
    `${ROLE} CREATE TABLE u (b int GENERATED ALWAYS AS IDENTITY); ALTER SEQUENCE u_b_seq RENAME TO o; COMMENT ON SEQUENCE o IS 'x'; CREATE TABLE t (a int GENERATED BY DEFAULT AS IDENTITY (START 5)); ALTER SEQUENCE t_a_seq RENAME TO n; GRANT USAGE ON SEQUENCE n TO pgsd_case_a`,
    "added column public u.b",
    "added sequence public of identity column b",
    "added table public t",
  ),
  pair(
    "comment on the sequence of a column that becomes an identity",
    "CREATE TABLE t (a int NOT NULL)",
    "CREATE TABLE t (a int NOT NULL GENERATED ALWAYS AS IDENTITY); COMMENT ON SEQUENCE t_a_seq IS 'x'",
    "changed column public t.a",
    "added sequence public of identity column a",
  ),
  pair(
    "a new domain's check that is not valid",
    "",
    `${DOMAIN} ALTER DOMAIN d ADD CONSTRAINT k CHECK (VALUE > 0) NOT VALID`,
    "added domain public d",
  ),
  pair("the version of a new extension", "", "CREATE EXTENSION pg_trgm VERSION '1.5'", "added extension pg_trgm"),
  // What a new object gets by itself.
  pair(
    "new objects with fewer privileges than by default",
    STOCK,
    `${ROLE} ${OBJECTS} ${STOCK}`,
    "added enum public e",
    "added function public f()",
    "added sequence public s",
    "added table public t",
    "added view public v",
  ),
  since(
    18,
    pair(
      "a parent that may be null again, unlike its child",
      "CREATE TABLE p (a int NOT NULL); CREATE TABLE c () INHERITS (p)",
      "CREATE TABLE p (a int); CREATE TABLE c (a int NOT NULL) INHERITS (p)",
      "changed column public c.a",
      "changed column public p.a",
    ),
  ),
]
