import type { NameList } from "../finding.ts"

/** `3 tables: a, b, c`, `12 tables: a, b, c and 9 more`. */
export function counted(list: NameList, one: string, many = `${one}s`): string {
  const shown = list.names.slice(0, 3)
  const rest = list.count - shown.length
  return `${list.count} ${list.count === 1 ? one : many}: ${shown.join(", ")}${rest > 0 ? ` and ${rest} more` : ""}`
}

/** Several schemas' lists as one, each name behind its schema; still at most so many names. */
export function joined(lists: readonly (readonly [schema: string, list: NameList])[], most: number): NameList {
  return {
    names: lists.flatMap(([schema, list]) => list.names.map((name) => `${schema}.${name}`)).slice(0, most),
    count: lists.reduce((sum, [, list]) => sum + list.count, 0),
  }
}
