import type { Finding } from "@pgsd/connector"
import { quoteIdentifier, quoteLiteral } from "@pgsd/driver"
import { duration } from "./duration.ts"
import type { Listed, LongSession, PreparedTransaction, ServerState, Thresholds } from "./server-state.ts"

/** Forgotten or long transactions, and how many sessions are hidden from this role. */
export function sessionFindings(state: ServerState, thresholds: Thresholds): Finding[] {
  return [
    hidden(state),
    idleInTransaction(state.idleInTransaction, thresholds.idleInTransactionMs),
    longTransactions(state.longTransactions, thresholds.transactionMs),
    prepared(state.prepared, thresholds.transactionMs),
  ].filter((each) => each !== undefined)
}

function hidden({ sessions: { hidden: count, total }, role }: ServerState): Finding | undefined {
  if (count === 0) return undefined
  return {
    id: "sessions.hidden",
    level: "warn",
    found: `what ${count} of ${total} other sessions do could not be read: they are of other roles`,
    why: "whether one of them is idle in a transaction, or has a long one, is not known",
    fix: "ask as a role that may read it",
    statements: [`GRANT pg_read_all_stats TO ${quoteIdentifier(role)};`],
  }
}

const HELD = "it holds its locks, and no dead row that is younger can be removed anywhere in the database"

function idleInTransaction({ count, items }: Listed<LongSession>, thresholdMs: number): Finding {
  if (count === 0) return { id: "sessions.idle-in-transaction", level: "ok", found: "no session is idle in a transaction" }
  const long = items.filter(({ stateMs }) => stateMs >= thresholdMs)
  const found = `${sessions(count)} idle in a transaction`
  const objects = { names: items.map(described), count }
  if (long.length === 0)
    return { id: "sessions.idle-in-transaction", level: "info", found: `${found}, none for ${duration(thresholdMs)}`, objects }
  return {
    id: "sessions.idle-in-transaction",
    level: "warn",
    found: `${found}: ${long.map(described).join("; ")}`,
    why: HELD,
    fix: "end the transaction in the program, or the session here:",
    statements: long.map(terminate),
    objects,
  }
}

function longTransactions({ count, items }: Listed<LongSession>, thresholdMs: number): Finding | undefined {
  if (count === 0) return undefined
  return {
    id: "sessions.long-transaction",
    level: "warn",
    found: `${sessions(count)} in a transaction for more than ${duration(thresholdMs)}: ${items.map(described).join("; ")}`,
    why: HELD,
    fix: "shorter transactions; to end one here:",
    statements: items.map(terminate),
    objects: { names: items.map(described), count },
  }
}

function prepared({ count, items }: Listed<PreparedTransaction>, thresholdMs: number): Finding | undefined {
  if (count === 0) return undefined
  const names = items.map(({ gid, owner, ageMs }) => `"${gid}" of ${owner}, for ${duration(ageMs)}`)
  return {
    id: "transactions.prepared",
    level: "warn",
    found: `${count === 1 ? "1 prepared transaction waits" : `${count} prepared transactions wait`} for more than ${duration(thresholdMs)}: ${names.join("; ")}`,
    why: `${HELD}; it survives a restart`,
    fix: "COMMIT PREPARED or ROLLBACK PREPARED, as its owner or a superuser:",
    statements: items.map(({ gid }) => `ROLLBACK PREPARED ${quoteLiteral(gid)};`),
    objects: { names, count },
  }
}

function sessions(count: number): string {
  return count === 1 ? "1 session is" : `${count} sessions are`
}

function described({ pid, role, database, application, state, stateMs, transactionMs }: LongSession): string {
  const time = state.startsWith("idle") ? `${state} for ${duration(stateMs)}` : `${state}, in a transaction for ${duration(transactionMs)}`
  const program = application === "" ? "" : ` (${application})`
  return `process ${pid}${program} of ${role ?? "a role that is gone"} in ${database ?? "no database"}, ${time}`
}

function terminate({ pid }: LongSession): string {
  return `SELECT pg_catalog.pg_terminate_backend(${pid});`
}
