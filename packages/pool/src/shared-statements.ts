import { bareText, firstWord, mayHoldSeveral } from "@pgsd/driver"

/** First words of statements that end where they began: they open and end no transaction, and start no COPY. */
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
 * May this statement share a connection with others (`pipelineDepth`)? Decided by what is known to be harmless: BEGIN in any spelling
 * would put the neighbours' work into a transaction that is rolled back after they were told of their success.
 */
export function mayShareConnection(sql: unknown): boolean {
  return typeof sql === "string" && SHAREABLE.has(firstWord(sql)) && !mayHoldSeveral(sql)
}

/** First words of statements that change nothing, and so hold no lock for which another caller's statement could wait. */
const READERS: ReadonlySet<string> = new Set(["select", "table", "values"])
const LOCKS_ROWS = /\bfor\s+(?:no\s+key\s+update|key\s+share|update|share)\b/i

/**
 * As {@link mayShareConnection}, for sharing that was not asked for in particular: a statement that waits for a row's lock may wait for the
 * very caller behind it on the connection, and no server sees that deadlock.
 */
export function mayShareUnasked(sql: unknown): sql is string {
  return mayShareConnection(sql) && READERS.has(firstWord(sql as string)) && !LOCKS_ROWS.test(bareText(sql as string))
}
