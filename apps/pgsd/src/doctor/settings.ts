import type { Finding, TimeoutsInForce } from "@pgsd/connector"
import { quoteIdentifier } from "@pgsd/driver"
import type { PoolPlan } from "./doctor-report.ts"
import { duration } from "./duration.ts"
import type { ServerState } from "./server-state.ts"

export interface SettingsContext extends Pick<ServerState, "role" | "database" | "settings"> {
  readonly plan: PoolPlan
  readonly timeouts: TimeoutsInForce
  /** Over a network, not on the same machine. */
  readonly remote: boolean
}

/** The longest that the session of a vanished client may stay. */
const LONGEST_DEAD_MS = 15 * 60_000

/** The server's timeouts, and its password hashing. */
export function settingFindings(context: SettingsContext): Finding[] {
  return [statementTimeout(context), idleInTransaction(context), idleSession(context), keepalives(context), passwords(context)].filter(
    (each) => each !== undefined,
  )
}

function setting({ role, database }: SettingsContext, name: string, value: string): string {
  return `ALTER ROLE ${quoteIdentifier(role)} IN DATABASE ${quoteIdentifier(database)} SET ${name} = ${value};`
}

function statementTimeout(context: SettingsContext): Finding | undefined {
  if (context.timeouts.statementTimeout !== "0" || Number.isFinite(context.plan.queryTimeoutMs)) return undefined
  return {
    id: "timeouts.statement",
    level: "warn",
    found: "nothing bounds a statement: neither statement_timeout of the server nor queryTimeoutMs of the pool",
    why: "one statement without an index, or one that waits for a lock, keeps its connection until it ends",
    fix: "queryTimeoutMs of the pool, or on the server:",
    statements: [setting(context, "statement_timeout", "'30s'")],
  }
}

function idleInTransaction(context: SettingsContext): Finding | undefined {
  if (context.timeouts.idleInTransactionSessionTimeout !== "0") return undefined
  return {
    id: "timeouts.idle-in-transaction",
    level: "warn",
    found: "idle_in_transaction_session_timeout is off",
    why: "a transaction that a program forgets holds its locks, and keeps dead rows from being removed, without end",
    fix: "set it above the longest pause within a transaction:",
    statements: [setting(context, "idle_in_transaction_session_timeout", "'1min'")],
  }
}

function idleSession(context: SettingsContext): Finding | undefined {
  const { plan, settings } = context
  const timeoutMs = Number(settings.get("idle_session_timeout") ?? 0)
  if (timeoutMs === 0) return undefined
  const keptMs = plan.min > 0 ? Number.POSITIVE_INFINITY : plan.idleTimeoutMs
  const found = `the server ends sessions that are idle for ${duration(timeoutMs)} (idle_session_timeout)`
  if (keptMs < timeoutMs) return { id: "timeouts.idle-session", level: "ok", found: `${found}; the pool closes them before` }
  return {
    id: "timeouts.idle-session",
    level: "warn",
    found: `${found}; the pool keeps ${plan.min > 0 ? `${plan.min} (min)` : `them for ${duration(keptMs)}`}`,
    why: "connections of the pool are lost while they are idle, and have to be opened anew for the next caller",
    fix: `min: 0 and idleTimeoutMs below ${timeoutMs} for the pool, or on the server:`,
    statements: [setting(context, "idle_session_timeout", "0")],
  }
}

function keepalives(context: SettingsContext): Finding | undefined {
  const { settings, remote } = context
  if (!remote) return undefined
  const value = (name: string) => Number(settings.get(`tcp_keepalives_${name}`) ?? 0)
  const [idle, interval, count] = [value("idle"), value("interval"), value("count")]
  // 0 where the operating system does not report it.
  if (idle === 0) return undefined
  const deadMs = (idle + interval * count) * 1_000
  const found = `the server notices after ${duration(deadMs)} that a client is gone without a word (tcp_keepalives_idle ${idle}, _interval ${interval}, _count ${count})`
  if (deadMs <= LONGEST_DEAD_MS) return { id: "timeouts.keepalives", level: "ok", found }
  return {
    id: "timeouts.keepalives",
    level: "warn",
    found,
    why: "after a loss of power or network, its session holds a connection, and maybe locks, until then",
    fix: "probe earlier:",
    statements: [
      setting(context, "tcp_keepalives_idle", "60"),
      setting(context, "tcp_keepalives_interval", "10"),
      setting(context, "tcp_keepalives_count", "6"),
    ],
  }
}

function passwords({ settings }: SettingsContext): Finding | undefined {
  if (settings.get("password_encryption") !== "md5") return undefined
  return {
    id: "password-encryption",
    level: "warn",
    found: "new passwords are stored as MD5 (password_encryption = md5)",
    why: "a hash that is stolen is enough to log in; PostgreSQL 18 warns of it, and a later version will not have it",
    fix: "then set the passwords again, with \\password in psql:",
    statements: ["ALTER SYSTEM SET password_encryption = 'scram-sha-256';", "SELECT pg_catalog.pg_reload_conf();"],
  }
}
