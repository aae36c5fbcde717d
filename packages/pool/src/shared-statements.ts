import { firstWord, mayHoldSeveral } from "@pgsd/driver"

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
