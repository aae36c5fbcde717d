import type { Fact, ObjectKind, SchemaObject } from "./catalog.ts"
import type { Difference } from "./difference.ts"
import { own } from "./own.ts"

/** The MAINTAIN privilege. */
const MAINTAIN_SINCE = 17

/** Owner, grants and comment of an object on both sides. Those of an added or removed one are part of it. */
export function attachedDifferences(before: SchemaObject, after: SchemaObject, olderMajor: number): Difference[] {
  const initialOwner = before.initial?.owner === true && after.initial?.owner === true
  const isHidden = [before, after].some(({ unreadable = [] }) => unreadable.includes("comment"))
  return [
    ...(initialOwner ? [] : difference("owner", after, before.name, "owner", before.owner ?? null, after.owner ?? null)),
    ...grantDifferences(before, after, olderMajor),
    ...(isHidden ? [] : difference("comment", after, before.name, "comment", before.comment ?? null, after.comment ?? null)),
  ]
}

function grantDifferences(before: SchemaObject, after: SchemaObject, olderMajor: number): Difference[] {
  if (before.grants === undefined && after.grants === undefined) return []
  const grantees = new Set([...Object.keys(before.grants ?? {}), ...Object.keys(after.grants ?? {})])
  const initialPublic = before.initial?.public === true && after.initial?.public === true
  return [...grantees].flatMap((grantee) => {
    if (initialPublic && grantee === "PUBLIC") return []
    const [source, target] = [before, after].map(({ grants }) => comparable(own(grants, grantee), olderMajor))
    return difference("grant", after, grantee, "privileges", source!, target!)
  })
}

/** Of privileges, those that both servers have: ALL includes MAINTAIN where it exists. None is null. */
export function comparable(privileges: readonly string[] | undefined, olderMajor: number): readonly string[] | null {
  const known = privileges?.filter((each) => olderMajor >= MAINTAIN_SINCE || !/^(no )?MAINTAIN\b/.test(each)) ?? []
  return known.length === 0 ? null : known
}

function difference(kind: ObjectKind, after: SchemaObject, name: string, fact: string, source: Fact, target: Fact): Difference[] {
  if (JSON.stringify(source) === JSON.stringify(target)) return []
  const on = { kind: after.kind, name: after.name }
  const base = { kind, schema: after.schema, parent: after.parent ?? on, on, name }
  const side = (value: Fact): SchemaObject => ({ kind, schema: after.schema, parent: base.parent, name, facts: { [fact]: value } })
  return [
    {
      change: source === null ? "added" : target === null ? "removed" : "changed",
      ...base,
      ...(source !== null && { source: side(source) }),
      ...(target !== null && { target: side(target) }),
      aspects: source !== null && target !== null ? [{ name: fact, source, target }] : [],
      contents: [],
    },
  ]
}
