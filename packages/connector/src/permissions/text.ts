import type { NameList } from "../finding.ts"
import type { PermissionFacts, SchemaFacts } from "./facts.ts"
import { MOST_NAMES } from "./permissions-query.ts"

/** `3 tables: a, b, c`, `12 tables: a, b, c and 9 more`. */
export function counted(list: NameList, one: string, many = `${one}s`): string {
  const shown = list.names.slice(0, 3)
  const rest = list.count - shown.length
  return `${list.count} ${list.count === 1 ? one : many}: ${shown.join(", ")}${rest > 0 ? ` and ${rest} more` : ""}`
}

/** All schemas' lists in one, names qualified; still at most {@link MOST_NAMES} of them. */
export function joined({ schemas }: PermissionFacts, listOf: (schema: SchemaFacts) => NameList): NameList {
  return {
    names: schemas.flatMap((schema) => listOf(schema).names.map((name) => `${schema.name}.${name}`)).slice(0, MOST_NAMES),
    count: schemas.reduce((sum, schema) => sum + listOf(schema).count, 0),
  }
}
