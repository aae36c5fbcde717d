import { bareText, firstWord, mayHoldSeveral } from "@pgsd/driver"

/** First words of statements that neither open nor end a transaction, and start no COPY. */
const SHAREABLE: ReadonlySet<string> = new Set([
  "delete",
  "explain",
  "insert",
  "merge",
  "select",
  "show",
  "table",
  "update",
  "values",
  "with",
])

/**
 * Whether a statement may share a connection with others (`pipelineDepth`). Decided by what is known to be harmless: a BEGIN in any
 * spelling would put other callers' statements into a transaction that is rolled back after they have been reported as successful.
 */
export function mayShareConnection(sql: unknown): boolean {
  return typeof sql === "string" && SHAREABLE.has(firstWord(sql)) && !mayHoldSeveral(sql)
}

/** First words of statements that change nothing, and so hold no lock that another caller's statement could wait for. */
const READERS: ReadonlySet<string> = new Set(["select", "table", "values"])
const LOCKS_ROWS = /\bfor\s+(?:no\s+key\s+update|key\s+share|update|share)\b/i

/**
 * Like {@link mayShareConnection}, for sharing that was not requested explicitly: a statement that waits for a row lock may wait for the
 * very caller behind it on the connection, a deadlock that no server can detect.
 */
export function mayShareUnasked(sql: unknown): sql is string {
  return mayShareConnection(sql) && READERS.has(firstWord(sql as string)) && !LOCKS_ROWS.test(bareText(sql as string))
}
