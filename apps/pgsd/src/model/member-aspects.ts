import { hiddenAspect, sameFact } from "./aspects.ts"
import { comparable } from "./attachments.ts"
import { type Catalog, type ExtensionMembers, type Fact, type Facts, PRIVILEGES } from "./catalog.ts"
import type { Aspect } from "./difference.ts"
import { own } from "./own.ts"
import { quotedName } from "./schema-names.ts"

const LABELS: Readonly<Record<string, string>> = {
  definition: "definition of",
  settings: "settings of",
  options: "options of",
  owner: "owner of",
  comment: "comment on",
}

/** How the members of an extension differ. Another version explains every difference but that of privileges. */
export function memberAspects(extension: string, source: Catalog, target: Catalog, isSameVersion: boolean): Aspect[] {
  const [before, after] = [own(source.extensionMembers, extension), own(target.extensionMembers, extension)]
  const olderMajor = Math.min(source.serverMajor, target.serverMajor)
  if (before?.states === undefined || after?.states === undefined) return []
  const [one, other] = [movedStates(before, after.schema).states!, after.states]
  return [...new Set([...Object.keys(one), ...Object.keys(other)])].sort().flatMap((member) => {
    const [old, current] = [own(one, member), own(other, member)]
    if (old === undefined || current === undefined) {
      if (!isSameVersion) return []
      const name = (old ?? current)?.part === undefined ? `member ${member}` : member
      return [{ name, source: old === undefined ? null : "yes", target: current === undefined ? null : "yes" }]
    }
    const privileges = privilegeAspects(member, old, current, olderMajor)
    if (!isSameVersion) return privileges
    const aspects = Object.entries(LABELS).map(([fact, label]) => aspectOf(`${label} ${member}`, old[fact], current[fact]))
    const values = valuesOf(member, own(before.secrets, member), own(after.secrets, member))
    return [...aspects.filter(isDifferent), ...values, ...privileges]
  })
}

const isDifferent = ({ source, target }: Aspect) => !sameFact(source, target)

function privilegeAspects(member: string, old: Facts, current: Facts, olderMajor: number): Aspect[] {
  const facts = [...new Set([...Object.keys(old), ...Object.keys(current)])].filter((fact) => fact.startsWith(PRIVILEGES)).sort()
  const known = (fact: Fact | undefined) => comparable(Array.isArray(fact) ? fact : [], olderMajor)
  return facts.map((fact) => aspectOf(`${fact} ${member}`, known(own(old, fact)), known(own(current, fact)))).filter(isDifferent)
}

const aspectOf = (name: string, source: Fact | undefined, target: Fact | undefined): Aspect => ({
  name,
  source: source ?? null,
  target: target ?? null,
})

/** Of options that both have. */
function valuesOf(member: string, before: Digests | undefined, after: Digests | undefined): Aspect[] {
  const both = Object.keys(before ?? {}).filter((option) => own(after, option) !== undefined)
  return both.flatMap((option) => (before![option] === after![option] ? [] : [hiddenAspect(`option ${option} of ${member}`)]))
}

type Digests = Readonly<Record<string, string>>

/** The members as the server prints them with the extension in another schema. */
export function movedStates(members: ExtensionMembers, to: string): ExtensionMembers {
  const { schema, states } = members
  if (schema === to || states === undefined) return { ...members, schema: to }
  const moved = (facts: Facts): Facts => ({
    ...facts,
    ...(typeof facts.definition === "string" && {
      definition: facts.definition.replaceAll(`${quotedName(schema)}.`, `${quotedName(to)}.`),
    }),
  })
  return { ...members, schema: to, states: Object.fromEntries(Object.entries(states).map(([name, facts]) => [name, moved(facts)])) }
}
