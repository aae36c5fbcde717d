import type { Catalog, ExtensionMembers, Facts } from "./catalog.ts"
import type { Aspect } from "./difference.ts"
import { own } from "./own.ts"
import { quotedName } from "./schema-names.ts"

const LABELS: Readonly<Record<string, string>> = { definition: "definition of", owner: "owner of", comment: "comment on" }

/** How the members of an extension that has the same version on both sides differ: another version explains every difference. */
export function memberAspects(extension: string, source: Catalog, target: Catalog): Aspect[] {
  const [before, after] = [own(source.extensionMembers, extension), own(target.extensionMembers, extension)]
  if (before?.states === undefined || after?.states === undefined) return []
  const [one, other] = [movedStates(before, after.schema).states!, after.states]
  return [...new Set([...Object.keys(one), ...Object.keys(other)])].sort().flatMap((member) => {
    const [old, current] = [own(one, member), own(other, member)]
    if (old === undefined || current === undefined)
      return [{ name: `member ${member}`, source: old === undefined ? null : "yes", target: current === undefined ? null : "yes" }]
    return Object.entries(LABELS).flatMap(([fact, label]) => {
      const aspect = { name: `${label} ${member}`, source: old[fact] ?? null, target: current[fact] ?? null }
      return aspect.source === aspect.target ? [] : [aspect]
    })
  })
}

/** The members as the server prints them with the extension in another schema. */
export function movedStates(members: ExtensionMembers, to: string): ExtensionMembers {
  const { schema, states } = members
  if (schema === to || states === undefined) return { ...members, schema: to }
  const moved = (facts: Facts): Facts => ({
    ...facts,
    definition: String(facts.definition).replaceAll(`${quotedName(schema)}.`, `${quotedName(to)}.`),
  })
  return { ...members, schema: to, states: Object.fromEntries(Object.entries(states).map(([name, facts]) => [name, moved(facts)])) }
}
