import { comparable } from "./attachments.ts"
import type { Fact, SchemaObject } from "./catalog.ts"
import type { Aspect } from "./difference.ts"
import { own } from "./own.ts"

/** Facts that older servers lack and that do not mean "none" there: compared only between servers that both have them. */
export const FACT_SINCE: Readonly<Record<string, number>> = {
  "column.notNullConstraint": 18,
  "domain.notNullConstraint": 17,
  "sequence.persistence": 15,
  "range_type.multirange": 14,
  "base_type.subscript": 14,
  "subscription.synchronousCommit": 14,
}

/** What differs between two objects. A fact that only one of them has counts as none on the other. */
export function aspectsOf(before: SchemaObject, after: SchemaObject, olderMajor: number): Aspect[] {
  const names = [...Object.keys(before.facts), ...Object.keys(after.facts).filter((name) => !Object.hasOwn(before.facts, name))]
  // Nearly all facts of nearly all objects are equal as text.
  const suspects = names.filter((name) => before.facts[name] !== after.facts[name] || before.secrets !== undefined)
  return suspects.flatMap((name) => {
    if ((FACT_SINCE[`${before.kind}.${name}`] ?? 0) > olderMajor || isUnreadable(name, before) || isUnreadable(name, after)) return []
    const aspect = { name, source: own(before.facts, name) ?? null, target: own(after.facts, name) ?? null }
    const digests = [own(before.secrets, name), own(after.secrets, name)]
    if (digests[0] !== undefined && digests[1] !== undefined) return digests[0] === digests[1] ? [] : [hiddenAspect(name)]
    const isDefault = before.kind === "default_privilege"
    const one = isDefault ? privilegesOf(before, olderMajor) : aspect.source
    const other = isDefault ? privilegesOf(after, olderMajor) : aspect.target
    return sameFact(one, other) ? [] : [aspect]
  })
}

function privilegesOf({ facts: { privileges } }: SchemaObject, olderMajor: number): Fact {
  return Array.isArray(privileges) ? comparable(privileges, olderMajor) : (privileges ?? null)
}

function isUnreadable(name: string, { unreadable = [] }: SchemaObject): boolean {
  return unreadable.some((each) => (each.endsWith("*") ? name.startsWith(each.slice(0, -1)) : name === each))
}

/** The difference of two values that are not shown. */
export const hiddenAspect = (name: string): Aspect => ({ name, source: "a hidden value", target: "another one" })

export function sameFact(one: Fact, other: Fact): boolean {
  return one === other || (Array.isArray(one) && Array.isArray(other) && JSON.stringify(one) === JSON.stringify(other))
}
