import type { ConnectionInfo } from "@pgsd/driver"
import type { Finding } from "../finding.ts"
import type { PermissionReport } from "../permissions/permission-report.ts"
import type { ServerFlavour, ServerSupport } from "../version/server-version.ts"
import { describeVersion } from "../version/support.ts"
import type { ServerRow } from "./server-query.ts"

const EXPIRY_WARNING_MS = 14 * 24 * 3600 * 1000

/** Whether the server is supported. */
export function supportFinding(flavour: ServerFlavour, support: ServerSupport, allowed: boolean): Finding {
  const name = flavour.flavour === "postgresql" ? "" : ` (${[flavour.flavour, flavour.flavourVersion].filter(Boolean).join(" ")})`
  const found = `${describeVersion(flavour.version)}${name}`
  if (support.level === "full") return { id: "version", level: "ok", found }
  const why = support.reason ?? ""
  if (support.level === "newer") return { id: "version.newer", level: "warn", found, why }
  if (support.level === "best-effort") return { id: "version.best-effort", level: "warn", found, why }
  return {
    id: "version.refused",
    level: allowed ? "warn" : "fail",
    found,
    why,
    fix: "PostgreSQL 12 to 18 is supported, 10 and 11 with best effort",
  }
}

/** Pooler, read-only state, timeouts, limits, output settings. */
export function serverFindings(info: ConnectionInfo, row: ServerRow, permissions: PermissionReport): Finding[] {
  return [pooler(info, row), readOnly(permissions), timeouts(row), capacity(row), expiry(row), values(row)].filter(
    (each) => each !== undefined,
  )
}

// Behind a pooler, the backend process differs from the one announced at startup.
function pooler(info: ConnectionInfo, row: ServerRow): Finding | undefined {
  if (info.processId === 0 || info.processId === row.backend_pid) return undefined
  return {
    id: "pooler",
    level: "info",
    found: "there is a connection pooler in front of the server",
    why: "in transaction mode, session settings, LISTEN and named statements do not last; TLS and authentication above are the pooler's",
    fix: "make settings local to the transaction, with readOnlySnapshot() or transaction({ settings })",
  }
}

function readOnly({ readOnly: state, role }: PermissionReport): Finding {
  if (state.standby) return { id: "read-only.standby", level: "ok", found: "the server is a standby, which is read-only" }
  if (state.byDefault) return { id: "read-only.default", level: "ok", found: "transactions are read-only unless declared READ WRITE" }
  return {
    id: "read-only.off",
    level: "info",
    found: "transactions can write unless declared READ ONLY",
    fix: `ALTER ROLE … SET default_transaction_read_only = on guards role "${role.name}" against accidents`,
  }
}

function timeouts(row: ServerRow): Finding {
  return {
    id: "timeouts",
    level: "ok",
    found: `statement_timeout ${none(row.statement_timeout)}, lock_timeout ${none(row.lock_timeout)}, idle_in_transaction_session_timeout ${none(row.idle_timeout)}`,
  }
}

// Connections set both when they open; a pooler may reject that, or lend another client's session.
function values({ extra_float_digits: digits, interval_style: style }: ServerRow): Finding | undefined {
  const differences: string[] = []
  if (Number(digits) < 1) differences.push(`extra_float_digits ${digits} truncates floats`)
  if (style !== "postgres") differences.push(`IntervalStyle ${style} prints intervals in another format`)
  if (differences.length === 0) return undefined
  return {
    id: "values",
    level: "warn",
    found: `values are printed differently than on other databases: ${differences.join("; ")}`,
    why: "the cause is a setting of the database, the role or the connection, or a pooler",
    fix: "ALTER DATABASE … RESET the setting, or let the pooler pass it on (PgBouncer: track_extra_parameters)",
  }
}

function none(value: string): string {
  return value === "0" ? "none" : value
}

function capacity(row: ServerRow): Finding {
  const limits = [
    row.role_limit >= 0 ? `${row.role_limit} for this role` : undefined,
    row.database_limit >= 0 ? `${row.database_limit} for this database` : undefined,
  ].filter((each) => each !== undefined)
  const reserved = Number(row.superuser_reserved) + Number(row.reserved ?? 0)
  const found = `at most ${row.max_connections} connections, ${reserved} of them reserved${limits.length > 0 ? `; ${limits.join(", ")}` : ""}`
  return { id: "capacity", level: "ok", found }
}

function expiry(row: ServerRow): Finding | undefined {
  const until = row.valid_until
  if (!(until instanceof Date) || until.getTime() - Date.now() > EXPIRY_WARNING_MS) return undefined
  return {
    id: "role.valid-until",
    level: "warn",
    found: `the password of this role is valid until ${until.toISOString()}`,
    why: "no new connection can be opened with it afterwards",
    fix: "ALTER ROLE … VALID UNTIL",
  }
}
