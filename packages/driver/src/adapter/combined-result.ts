import type { QueryResult } from "../contract.ts"

/**
 * The result of query() with `results: "all"`: the last command, the rows of the last statement that returned rows, and all results.
 *
 * @param results of every statement in the string, in order; at least one
 */
export function combinedResult(results: readonly QueryResult[]): QueryResult {
  const { command, rowCount } = results.at(-1)!
  const { rows, fields } = results.findLast((each) => each.fields.length > 0 || each.rows.length > 0) ?? results.at(-1)!
  return { rows, rowCount, command, fields, results }
}
