import type { Fact, SchemaObject } from "../model/catalog.ts"

/** What any row may have beside its facts. */
interface AttachedRow {
  readonly owner?: string | null
  readonly comment?: string | null
  readonly grants?: readonly string[] | null
}

/** The object with its row's owner, comment and grants; absent where there is none, as most objects have none. */
export function attached(object: SchemaObject, { owner, comment, grants }: AttachedRow): SchemaObject {
  return {
    ...object,
    ...(owner != null && { owner }),
    ...(comment != null && { comment }),
    ...(grants != null && grants.length > 0 && { grants: byGrantee(grants) }),
  }
}

/** `bob SELECT*` as `{ bob: ["SELECT with grant option"] }`. Only a quoted role has a space before the last one. */
export function byGrantee(grants: readonly string[]): Record<string, readonly string[]> {
  const found: Record<string, string[]> = Object.create(null)
  for (const grant of grants) {
    const at = grant.lastIndexOf(" ")
    found[grant.slice(0, at)] = [...(found[grant.slice(0, at)] ?? []), privilegeOf(grant.slice(at + 1))]
  }
  return found
}

function privilegeOf(text: string): string {
  if (text.startsWith("-")) return `no ${text.slice(1)}`
  return text.endsWith("*") ? `${text.slice(0, -1)} with grant option` : text
}

/** Facts and digests of options whose values are never shown: `option host` is there, and another digest is another value. */
export function hiddenOptions(options: Readonly<Record<string, string>> | null) {
  const entries = Object.entries(options ?? {}).map(([name, digest]) => [`option ${name}`, digest] as const)
  const facts: Record<string, Fact> = Object.fromEntries(entries.map(([name]) => [name, HIDDEN]))
  return { facts, secrets: entries.length === 0 ? {} : { secrets: Object.fromEntries(entries) } }
}

/** Stands for a value that may be a secret. */
export const HIDDEN = "(hidden)"

/** Words of a list that says something when it is not empty. */
export function some(list: readonly string[] | null): readonly string[] | null {
  return list === null || list.length === 0 ? null : list
}

export function yes(value: boolean | null): string | null {
  return value === true ? "yes" : null
}
