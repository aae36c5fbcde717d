/**
 * One way a role can stand to a database. `:reader`, `:owner`, `:group` and `:other` are roles of the set-up's own, and so is schema `app`
 * (under a name of its own): the owner's, with a table `orders` (an identity column: one sequence), a view `totals` on it and a function.
 * Everything is done by a superuser.
 */
export interface RoleSetUp {
  readonly fact: string
  /** The first major that has what it is about. */
  readonly from?: number
  /** Words of CREATE ROLE for the reader. @default "" (a plain LOGIN) */
  readonly attributes?: string
  /** After the base is there, before the reader connects. */
  readonly sql?: string
  /** After the reader has connected, as superuser. */
  readonly later?: string
  /** By the reader itself, on its session. */
  readonly session?: string
  /** Connect as this role instead of the reader. */
  readonly as?: "superuser"
  /** It is about something that a whole database shares. @default one database for all */
  readonly ownDatabase?: true
  readonly schemas?: readonly string[]
  readonly require?: "usage-and-select"
  readonly requireLeastPrivilege?: true
  /** Grants that a reader of rows has, before `sql`. @default false */
  readonly reads?: true
  readonly expect: ExpectedReport
}

export interface ExpectedReport {
  readonly usage: boolean
  readonly select: boolean
  /** `level id` of every finding, in order. */
  readonly findings: readonly string[]
  readonly ok?: false
  readonly catalogReading?: false
  /** Names, by what they are of, in schema app unless qualified. */
  readonly lacking?: readonly string[]
  readonly writable?: readonly string[]
  readonly rowSecurity?: readonly string[]
  readonly failingViews?: readonly string[]
  /** Exact statements, where they are what the set-up is about. */
  readonly grants?: readonly string[]
  readonly revokes?: readonly string[]
  readonly futureGrants?: readonly string[]
  readonly separateRole?: true
  /** What the revokes cannot end, because it is the owner's by nature. */
  readonly staysAfterRevokes?: readonly string[]
}

const CLEAN = ["ok role.least-privilege"]
const READS = { usage: true, select: true } as const
const NO_ROWS = { usage: false, select: false, findings: ["info schema.usage", "info schema.select", ...CLEAN] } as const

export const ROLE_SET_UPS: readonly RoleSetUp[] = [
  // What a reader lacks.
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
    fact: "a sequence of its own without a grant",
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

  // What it cannot see.
  {
    fact: "row-level security would hide rows",
    reads: true,
    sql: "ALTER TABLE app.orders ENABLE ROW LEVEL SECURITY",
    expect: { ...READS, findings: ["info table.row-security", ...CLEAN], rowSecurity: ["orders"] },
  },
  {
    fact: "row-level security does not concern a role with BYPASSRLS, which is a right too many",
    reads: true,
    attributes: "BYPASSRLS",
    sql: "ALTER TABLE app.orders ENABLE ROW LEVEL SECURITY",
    expect: {
      ...READS,
      findings: ["warn role.attributes"],
      rowSecurity: [],
      revokes: ["ALTER ROLE :reader NOBYPASSRLS;"],
      staysAfterRevokes: ["info table.row-security"],
    },
  },
  {
    fact: "options of user mappings are hidden",
    ownDatabase: true,
    reads: true,
    sql: "CREATE FOREIGN DATA WRAPPER w; CREATE SERVER s FOREIGN DATA WRAPPER w; CREATE USER MAPPING FOR :owner SERVER s OPTIONS (password 'hidden')",
    expect: { ...READS, findings: ["info catalog.hidden", ...CLEAN] },
  },
  {
    fact: "connection strings of subscriptions are hidden",
    ownDatabase: true,
    reads: true,
    sql: "CREATE SUBSCRIPTION sub_:n CONNECTION 'host=nowhere password=hidden' PUBLICATION p WITH (connect = false, enabled = false, create_slot = false, slot_name = NONE)",
    expect: { ...READS, findings: ["info catalog.hidden", ...CLEAN] },
  },
  {
    fact: "a session that works as another role than it logged in as",
    reads: true,
    sql: "GRANT :group TO :reader; GRANT USAGE ON SCHEMA app TO :group",
    session: "SET ROLE :group",
    expect: { usage: true, select: false, findings: ["info schema.select", "warn role.identity", ...CLEAN] },
  },

  // What it may do beyond need.
  {
    fact: "a superuser",
    attributes: "SUPERUSER",
    expect: {
      ...READS,
      findings: ["warn role.superuser"],
      revokes: ["ALTER ROLE :reader NOSUPERUSER;"],
      staysAfterRevokes: ["info schema.usage", "info schema.select"],
    },
  },
  {
    fact: "the first superuser stays one: a role of its own is suggested",
    as: "superuser",
    expect: { ...READS, findings: ["warn role.superuser", "warn role.owner"], revokes: [], separateRole: true },
  },
  {
    fact: "CREATEDB, CREATEROLE and REPLICATION",
    reads: true,
    attributes: "CREATEDB CREATEROLE REPLICATION",
    expect: {
      ...READS,
      findings: ["warn role.attributes"],
      revokes: ["ALTER ROLE :reader NOCREATEDB NOCREATEROLE NOREPLICATION;"],
    },
  },
  {
    fact: "the owner of schema and tables",
    sql: "ALTER SCHEMA app OWNER TO :reader; ALTER TABLE app.orders OWNER TO :reader; ALTER VIEW app.totals OWNER TO :reader",
    expect: { ...READS, findings: ["warn role.owner"], separateRole: true },
  },
  {
    fact: "the owner of the database alone",
    ownDatabase: true,
    reads: true,
    sql: "ALTER DATABASE :database OWNER TO :reader",
    expect: { ...READS, findings: ["warn role.owner"], separateRole: true },
  },
  {
    fact: "a member of the owner owns what it owns",
    sql: "GRANT :owner TO :reader",
    expect: { ...READS, findings: ["warn role.owner"], separateRole: true },
  },
  {
    fact: "a member of a superuser may become one by SET ROLE, inherited or not",
    reads: true,
    attributes: "NOINHERIT",
    sql: "ALTER ROLE :group SUPERUSER; GRANT :group TO :reader",
    expect: { ...READS, findings: ["warn role.membership"] },
  },
  {
    fact: "a superuser two memberships away",
    reads: true,
    sql: "ALTER ROLE :other SUPERUSER; GRANT :other TO :group; GRANT :group TO :reader",
    expect: { ...READS, findings: ["warn role.membership"] },
  },
  {
    fact: "pg_read_all_data reads password hashes too",
    sql: "GRANT pg_read_all_data TO :reader",
    expect: {
      ...READS,
      findings: ["warn role.membership"],
      staysAfterRevokes: ["info schema.usage", "info schema.select"],
    },
  },
  {
    fact: "pg_write_all_data",
    reads: true,
    sql: "GRANT pg_write_all_data TO :reader",
    expect: { ...READS, findings: ["warn role.membership", "warn relation.write"] },
  },
  { fact: "pg_monitor is no danger", reads: true, sql: "GRANT pg_monitor TO :reader", expect: { ...READS, findings: CLEAN } },
  {
    fact: "pg_signal_backend",
    reads: true,
    sql: "GRANT pg_signal_backend TO :reader",
    expect: { ...READS, findings: ["warn role.membership"] },
  },
  {
    fact: "a membership that another role granted",
    reads: true,
    sql: "CREATE ROLE creator_:n CREATEROLE; SET ROLE creator_:n; CREATE ROLE made_:n; GRANT made_:n TO :reader; RESET ROLE; ALTER ROLE made_:n CREATEDB",
    expect: { ...READS, findings: ["warn role.membership"] },
  },
  {
    fact: "INSERT on one table",
    reads: true,
    sql: "GRANT INSERT ON app.orders TO :reader",
    expect: {
      ...READS,
      findings: ["warn relation.write"],
      writable: ["orders"],
      revokes: ["REVOKE INSERT ON ALL TABLES IN SCHEMA app FROM :reader;"],
    },
  },
  {
    fact: "UPDATE on one column",
    reads: true,
    sql: "GRANT UPDATE (note) ON app.orders TO :reader",
    expect: { ...READS, findings: ["warn relation.write"], writable: ["orders"] },
  },
  {
    fact: "USAGE on a sequence draws numbers from it",
    reads: true,
    sql: "GRANT USAGE ON SEQUENCE app.orders_id_seq TO :reader",
    expect: {
      ...READS,
      findings: ["warn relation.write"],
      writable: ["orders_id_seq"],
      revokes: ["REVOKE USAGE ON ALL SEQUENCES IN SCHEMA app FROM :reader;"],
    },
  },
  {
    fact: "a right to write that everybody has",
    reads: true,
    sql: "GRANT DELETE ON app.orders TO PUBLIC",
    expect: { ...READS, findings: ["warn relation.write"], revokes: ["REVOKE DELETE ON ALL TABLES IN SCHEMA app FROM PUBLIC;"] },
  },
  {
    fact: "a right to write through a group is ended by leaving the group",
    reads: true,
    sql: "GRANT INSERT, TRUNCATE ON app.orders TO :group; GRANT :group TO :reader",
    expect: { ...READS, findings: ["warn relation.write"], revokes: ["REVOKE :group FROM :reader;"] },
  },
  {
    fact: "a right to write that was handed on by a role with grant option",
    reads: true,
    sql: "GRANT USAGE ON SCHEMA app TO :other; GRANT INSERT ON app.orders TO :other WITH GRANT OPTION; SET ROLE :other; GRANT INSERT ON app.orders TO :reader; RESET ROLE",
    expect: { ...READS, findings: ["warn relation.write"], writable: ["orders"] },
  },
  {
    fact: "MAINTAIN",
    from: 17,
    reads: true,
    sql: "GRANT MAINTAIN ON app.orders TO :reader",
    expect: { ...READS, findings: ["warn relation.write"], writable: ["orders"] },
  },
  {
    fact: "CREATE on a schema",
    reads: true,
    sql: "GRANT CREATE ON SCHEMA app TO :reader",
    expect: { ...READS, findings: ["warn schema.create"], revokes: ["REVOKE CREATE ON SCHEMA app FROM :reader;"] },
  },
  {
    fact: "CREATE on public for everybody, the default up to 14",
    ownDatabase: true,
    sql: "GRANT CREATE ON SCHEMA public TO PUBLIC",
    schemas: ["public"],
    expect: { ...READS, findings: ["warn schema.create"], revokes: ["REVOKE CREATE ON SCHEMA public FROM PUBLIC;"] },
  },
  {
    fact: "CREATE on the database",
    ownDatabase: true,
    reads: true,
    sql: "GRANT CREATE ON DATABASE :database TO :reader",
    expect: { ...READS, findings: ["warn database.create"], revokes: ["REVOKE CREATE ON DATABASE :database FROM :reader;"] },
  },
  {
    fact: "a function that runs as a superuser",
    ownDatabase: true,
    reads: true,
    sql: "CREATE FUNCTION app.power() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1'",
    expect: { ...READS, findings: [...CLEAN, "info function.security-definer"] },
  },
  {
    fact: "a role that is called PUBLIC, in quotes",
    reads: true,
    sql: 'CREATE ROLE "PUBLIC"; GRANT INSERT ON app.orders TO "PUBLIC"; GRANT "PUBLIC" TO :reader',
    expect: { ...READS, findings: ["warn relation.write"], revokes: ['REVOKE "PUBLIC" FROM :reader;'] },
  },
  {
    fact: "least privilege is demanded and not given",
    reads: true,
    attributes: "CREATEDB",
    requireLeastPrivilege: true,
    expect: { ...READS, ok: false, findings: ["fail role.attributes"] },
  },
]
