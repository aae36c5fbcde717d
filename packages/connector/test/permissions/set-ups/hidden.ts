import { CLEAN, READS, type RoleSetUp } from "./role-set-up.ts"

/** What a reader cannot see. */
export const HIDDEN: readonly RoleSetUp[] = [
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
    fact: "a session whose current_user is not the role that logged in",
    reads: true,
    sql: "GRANT :group TO :reader; GRANT USAGE ON SCHEMA app TO :group",
    session: "SET ROLE :group",
    expect: { usage: true, select: false, findings: ["info schema.select", "warn role.identity", ...CLEAN] },
  },
]
