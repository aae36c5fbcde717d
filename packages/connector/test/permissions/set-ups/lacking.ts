import { CLEAN, NO_ROWS, READS, type RoleSetUp } from "./role-set-up.ts"

/** Missing privileges. */
export const LACKING: readonly RoleSetUp[] = [
  {
    fact: "a login without a single grant reads the catalog",
    expect: { ...NO_ROWS, lacking: ["orders", "orders_id_seq", "totals"] },
  },
  {
    fact: "USAGE alone",
    sql: "GRANT USAGE ON SCHEMA app TO :reader",
    expect: {
      usage: true,
      select: false,
      findings: ["info schema.select", ...CLEAN],
      grants: ["GRANT SELECT ON ALL TABLES IN SCHEMA app TO :reader;", "GRANT SELECT ON ALL SEQUENCES IN SCHEMA app TO :reader;"],
    },
  },
  { fact: "USAGE and SELECT on everything", reads: true, expect: { ...READS, findings: CLEAN, grants: [], revokes: [], futureGrants: [] } },
  {
    fact: "SELECT without USAGE on the schema",
    sql: "GRANT SELECT ON ALL TABLES IN SCHEMA app TO :reader; GRANT SELECT ON ALL SEQUENCES IN SCHEMA app TO :reader",
    expect: {
      usage: false,
      select: false,
      findings: ["info schema.usage", ...CLEAN],
      lacking: [],
      grants: ["GRANT USAGE ON SCHEMA app TO :reader;"],
    },
  },
  {
    fact: "SELECT on tables, not on sequences",
    sql: "GRANT USAGE ON SCHEMA app TO :reader; GRANT SELECT ON ALL TABLES IN SCHEMA app TO :reader",
    expect: { usage: true, select: false, findings: ["info schema.select", ...CLEAN], lacking: ["orders_id_seq"] },
  },
  {
    fact: "SELECT on some columns is not SELECT on the table",
    reads: true,
    sql: "REVOKE SELECT ON app.orders FROM :reader; GRANT SELECT (id) ON app.orders TO :reader",
    expect: { usage: true, select: false, findings: ["info schema.select", ...CLEAN], lacking: ["orders"] },
  },
  {
    fact: "rights through a group that is inherited",
    sql: "GRANT USAGE ON SCHEMA app TO :group; GRANT SELECT ON ALL TABLES IN SCHEMA app TO :group; GRANT SELECT ON ALL SEQUENCES IN SCHEMA app TO :group; GRANT :group TO :reader",
    expect: { ...READS, findings: CLEAN },
  },
  {
    fact: "rights through a group that is not inherited (NOINHERIT) count as missing",
    attributes: "NOINHERIT",
    sql: "GRANT USAGE ON SCHEMA app TO :group; GRANT SELECT ON ALL TABLES IN SCHEMA app TO :group; GRANT :group TO :reader",
    expect: NO_ROWS,
  },
  {
    fact: "rights granted to PUBLIC",
    sql: "GRANT USAGE ON SCHEMA app TO PUBLIC; GRANT SELECT ON ALL TABLES IN SCHEMA app TO PUBLIC; GRANT SELECT ON ALL SEQUENCES IN SCHEMA app TO PUBLIC",
    expect: { ...READS, findings: CLEAN },
  },
  {
    fact: "CONNECT was revoked while the session stood",
    ownDatabase: true,
    reads: true,
    later: "REVOKE CONNECT ON DATABASE :database FROM PUBLIC",
    expect: {
      ...READS,
      ok: false,
      catalogReading: false,
      findings: ["fail database.connect", ...CLEAN],
      grants: ["GRANT CONNECT ON DATABASE :database TO :reader;"],
    },
  },
  {
    fact: "default privileges of the owner reach a table made later",
    reads: true,
    sql: "ALTER DEFAULT PRIVILEGES FOR ROLE :owner IN SCHEMA app GRANT SELECT ON TABLES TO :reader; SET ROLE :owner; CREATE TABLE app.later (n int); RESET ROLE",
    expect: { ...READS, findings: CLEAN },
  },
  {
    fact: "default privileges of one role do not reach another role's table",
    reads: true,
    sql: "ALTER DEFAULT PRIVILEGES FOR ROLE :owner IN SCHEMA app GRANT SELECT ON TABLES TO :reader; GRANT CREATE, USAGE ON SCHEMA app TO :other; SET ROLE :other; CREATE TABLE app.later (n int); RESET ROLE",
    expect: {
      usage: true,
      select: false,
      findings: ["info schema.select", ...CLEAN],
      lacking: ["later"],
      futureGrants: [
        "ALTER DEFAULT PRIVILEGES FOR ROLE :other IN SCHEMA app GRANT SELECT ON TABLES TO :reader;",
        "ALTER DEFAULT PRIVILEGES FOR ROLE :owner IN SCHEMA app GRANT SELECT ON TABLES TO :reader;",
      ],
    },
  },
  {
    fact: "partitions without a grant are read through their parent",
    reads: true,
    sql: "CREATE TABLE app.parted (n int) PARTITION BY RANGE (n); CREATE TABLE app.part_1 PARTITION OF app.parted FOR VALUES FROM (1) TO (2); GRANT SELECT ON app.parted TO :reader",
    expect: { ...READS, findings: CLEAN, lacking: [] },
  },
  {
    fact: "a partitioned table without a grant is missing once, its partitions not at all",
    reads: true,
    sql: "CREATE TABLE app.parted (n int) PARTITION BY RANGE (n); CREATE TABLE app.part_1 PARTITION OF app.parted FOR VALUES FROM (1) TO (2)",
    expect: { usage: true, select: false, findings: ["info schema.select", ...CLEAN], lacking: ["parted"] },
  },
  {
    fact: "a foreign table without a grant",
    ownDatabase: true,
    reads: true,
    sql: "CREATE FOREIGN DATA WRAPPER w; CREATE SERVER s FOREIGN DATA WRAPPER w; CREATE FOREIGN TABLE app.far (n int) SERVER s",
    expect: { usage: true, select: false, findings: ["info schema.select", ...CLEAN], lacking: ["far"] },
  },
  {
    fact: "a materialised view without a grant",
    reads: true,
    sql: "CREATE MATERIALIZED VIEW app.kept AS SELECT 1 AS n WITH NO DATA",
    expect: { usage: true, select: false, findings: ["info schema.select", ...CLEAN], lacking: ["kept"] },
  },
  {
    fact: "a standalone sequence without a grant",
    reads: true,
    sql: "CREATE SEQUENCE app.counter",
    expect: { usage: true, select: false, findings: ["info schema.select", ...CLEAN], lacking: ["counter"] },
  },
  {
    fact: "a view whose owner may not read its table fails although SELECT on it is granted",
    reads: true,
    sql: "CREATE VIEW app.blind AS SELECT id FROM app.orders; ALTER VIEW app.blind OWNER TO :other; GRANT SELECT ON app.blind TO :reader",
    expect: {
      usage: true,
      select: false,
      findings: ["info view.fails", ...CLEAN],
      failingViews: ["blind"],
      grants: ["GRANT SELECT ON app.orders TO :other;"],
    },
  },
  {
    fact: "a security_invoker view over a table that the reader may not read",
    from: 15,
    sql: "CREATE VIEW app.asks WITH (security_invoker) AS SELECT id FROM app.orders; GRANT USAGE ON SCHEMA app TO :reader; GRANT SELECT ON ALL TABLES IN SCHEMA app TO :reader; GRANT SELECT ON ALL SEQUENCES IN SCHEMA app TO :reader; REVOKE SELECT ON app.orders FROM :reader",
    expect: {
      usage: true,
      select: false,
      findings: ["info schema.select", "info view.fails", ...CLEAN],
      lacking: ["orders"],
      failingViews: ["asks"],
    },
  },
  {
    fact: "security_invoker with another word for true",
    from: 15,
    sql: "CREATE VIEW app.asks WITH (security_invoker = t) AS SELECT id FROM app.orders; GRANT USAGE ON SCHEMA app TO :reader; GRANT SELECT ON app.asks TO :reader",
    expect: { usage: true, select: false, findings: ["info schema.select", "info view.fails", ...CLEAN], failingViews: ["asks"] },
  },
  {
    fact: "a view over a view whose owner may not read its table",
    sql: "CREATE SCHEMA beneath_:n; CREATE VIEW beneath_:n.blind AS SELECT id FROM app.orders; ALTER VIEW beneath_:n.blind OWNER TO :other; CREATE VIEW app.above AS SELECT id FROM beneath_:n.blind; GRANT USAGE ON SCHEMA app TO :reader; GRANT SELECT ON ALL TABLES IN SCHEMA app TO :reader; GRANT SELECT ON ALL SEQUENCES IN SCHEMA app TO :reader",
    expect: {
      usage: true,
      select: false,
      findings: ["info view.fails", ...CLEAN],
      failingViews: ["above"],
      grants: ["GRANT SELECT ON app.orders TO :other;"],
    },
  },
  {
    fact: "a security_invoker view asks for the reader's own rights beneath another view too",
    from: 15,
    sql: "CREATE SCHEMA beneath_:n; CREATE TABLE beneath_:n.secret (n int); CREATE VIEW beneath_:n.asks WITH (security_invoker) AS SELECT n FROM beneath_:n.secret; CREATE VIEW app.above AS SELECT n FROM beneath_:n.asks; GRANT USAGE ON SCHEMA app TO :reader; GRANT SELECT ON ALL TABLES IN SCHEMA app TO :reader; GRANT SELECT ON ALL SEQUENCES IN SCHEMA app TO :reader",
    expect: {
      usage: true,
      select: false,
      findings: ["info view.fails", ...CLEAN],
      failingViews: ["above"],
    },
  },
  {
    fact: "a schema that is empty",
    sql: "CREATE SCHEMA empty; GRANT USAGE ON SCHEMA empty TO :reader",
    schemas: ["empty"],
    expect: { ...READS, findings: CLEAN },
  },
  {
    fact: "a schema that is not there is named; one beside it is still reported",
    reads: true,
    schemas: ["app", "App"],
    expect: { usage: false, select: false, findings: ["warn schema.missing", ...CLEAN] },
  },
  {
    fact: "25 tables without a grant: 20 names and the count",
    reads: true,
    sql: "DO $$ BEGIN FOR n IN 1..25 LOOP EXECUTE format('CREATE TABLE app.t%s (n int)', to_char(n, 'FM00')); END LOOP; END $$",
    expect: {
      usage: true,
      select: false,
      findings: ["info schema.select", ...CLEAN],
      lacking: [...Array.from({ length: 20 }, (_, index) => `t${String(index + 1).padStart(2, "0")}`), "+5"],
    },
  },
  {
    fact: "names that need quotes",
    sql: 'CREATE SCHEMA "We""ird ; x"; CREATE TABLE "We""ird ; x"."ta ble\'" (n int)',
    schemas: ['We"ird ; x'],
    expect: {
      ...NO_ROWS,
      grants: ['GRANT USAGE ON SCHEMA "We""ird ; x" TO :reader;', 'GRANT SELECT ON ALL TABLES IN SCHEMA "We""ird ; x" TO :reader;'],
    },
  },
  {
    fact: "the original design's profile is demanded and not met",
    require: "usage-and-select",
    expect: { usage: false, select: false, ok: false, findings: ["fail schema.usage", "fail schema.select", ...CLEAN] },
  },
  {
    fact: "the original design's profile is demanded and met",
    reads: true,
    require: "usage-and-select",
    expect: { ...READS, findings: CLEAN },
  },
]
