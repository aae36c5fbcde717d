import type { Fact, SchemaObject } from "../model/catalog.ts"

/** What any row may have besides its facts. */
interface AttachedRow {
  readonly owner?: string | null
  readonly comment?: string | null
  readonly grants?: readonly string[] | null
}

/** The object with its row's owner, comment and grants; absent where there is none, as for most objects. */
export function attached(object: SchemaObject, { owner, comment, grants }: AttachedRow): SchemaObject {
  return {
    ...object,
    ...(owner != null && { owner }),
    ...(comment != null && { comment }),
    ...(grants != null && grants.length > 0 && { grants: byGrantee(grants) }),
  }
}

// A role name of more than one word is quoted.
const GRANT = /^("(?:[^"]|"")*"|[^ ]+) (-?)([A-Z ]+)(\*?)(?:\/(.*))?$/s

/** `bob SELECT` with `*` and a grantor as `{ bob: ["SELECT with grant option by ann"] }`. */
export function byGrantee(grants: readonly string[]): Record<string, readonly string[]> {
  const found: Record<string, string[]> = Object.create(null)
  for (const grant of grants) {
    const [, grantee = grant, lost = "", privilege = "", option = "", grantor] = GRANT.exec(grant) ?? []
    const parts = [
      lost === "" ? "" : "no ",
      privilege,
      option === "" ? "" : " with grant option",
      grantor === undefined ? "" : ` by ${grantor}`,
    ]
    found[grantee] = [...(found[grantee] ?? []), parts.join("")]
  }
  return found
}

/** Facts and digests of options or settings whose values are never shown: `option host` is present, and another digest means another value. */
export function hiddenOptions(options: Readonly<Record<string, string>> | null, word: "option" | "setting" = "option") {
  const entries = Object.entries(options ?? {}).map(([name, digest]) => [`${word} ${name}`, digest] as const)
  const facts: Record<string, Fact> = Object.fromEntries(entries.map(([name]) => [name, HIDDEN]))
  return { facts, secrets: entries.length === 0 ? {} : { secrets: Object.fromEntries(entries) } }
}

/** Replaces a possible secret. */
export const HIDDEN = "(hidden)"

/** A suffix if the list is not empty. */
export function some(list: readonly string[] | null): readonly string[] | null {
  return list === null || list.length === 0 ? null : list
}

export function yes(value: boolean | null): string | null {
  return value === true ? "yes" : null
}
