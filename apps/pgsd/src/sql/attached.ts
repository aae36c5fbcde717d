import { quoteLiteral } from "@pgsd/driver"
import { comparable } from "../model/attachments.ts"
import type { SchemaObject } from "../model/catalog.ts"
import { own } from "../model/own.ts"
import type { Context } from "./context.ts"
import { grantedObject, namedObject } from "./named.ts"
import { ident, type Phase, type Plan, step, together } from "./steps.ts"

type Named = Parameters<typeof namedObject>[0]

export function commentPlan(object: Named, comment: string | null): Plan {
  const named = namedObject(object)
  if (named === undefined) return "write COMMENT ON by hand"
  // An event trigger is created last.
  return [
    step(
      object.kind === "event_trigger" ? "event trigger" : "comment",
      `COMMENT ON ${named} IS ${comment === null ? "NULL" : quoteLiteral(comment)};`,
    ),
  ]
}

/** A column's privileges of one grantee on both sides, as entries of a list of grants. */
export interface ColumnGrants {
  readonly column: string
  readonly before: readonly string[]
  readonly after: readonly string[]
}

/** From a grantee's current privileges to the wanted ones. `columns`: of the relation, which lose the privileges that are revoked on it. */
export function grantPlan(
  object: Named,
  grantee: string,
  before: readonly string[],
  after: readonly string[],
  columns: readonly ColumnGrants[] = [],
): Plan {
  const on = grantedObject(object)
  if (on === undefined) return "write GRANT or REVOKE by hand"
  if ([...before, ...after].some((entry) => / by ./.test(entry)))
    return "another role than the owner granted it: GRANT or REVOKE it as that role"
  const column = object.kind === "column" ? ` (${ident(object.name)})` : ""
  const granted = (what: string, option: string) => `GRANT ${what} ON ${on} TO ${grantee}${option};`
  const grant = (privilege: string, option = "") => step("grant", granted(`${privilege}${column}`, option))
  const revoke = (privilege: string, option = "") => {
    // Those that only the target has are differences of their own.
    const kept = columns.flatMap(({ column: name, ...lists }) => {
      const [had, has] = [lists.before, lists.after].map((list) => heldIn(list).get(privilege))
      return had === undefined || has === undefined
        ? []
        : [granted(`${privilege} (${ident(name)})`, has === "option" ? " WITH GRANT OPTION" : "")]
    })
    return step("revoke", [`REVOKE ${option}${privilege}${column} ON ${on} FROM ${grantee};`, ...kept].join("\n"))
  }
  const [had, has] = [before, after].map(heldIn)
  return [...new Set([...had!.keys(), ...has!.keys()])].flatMap((privilege) => {
    const [one, other] = [had!.get(privilege), has!.get(privilege)]
    if (one === other) return []
    // An owner has it unless the list says otherwise.
    if (one === "no" || other === "no") return [other === "no" ? revoke(privilege) : grant(privilege)]
    if (other === undefined) return [revoke(privilege)]
    return [
      other === "option"
        ? grant(privilege, " WITH GRANT OPTION")
        : one === undefined
          ? grant(privilege)
          : revoke(privilege, "GRANT OPTION FOR "),
    ]
  })
}

const STRENGTHS = ["no", "plain", "option"] as const

/** Of one that is listed twice, as by two default privileges, the stronger. */
function heldIn(list: readonly string[]): ReadonlyMap<string, (typeof STRENGTHS)[number]> {
  return new Map(list.map(entryOf).sort(([, one], [, other]) => STRENGTHS.indexOf(one) - STRENGTHS.indexOf(other)))
}

function entryOf(text: string): readonly [privilege: string, how: (typeof STRENGTHS)[number]] {
  if (text.startsWith("no ")) return [text.slice(3), "no"]
  return text.endsWith(" with grant option") ? [text.slice(0, -" with grant option".length), "option"] : [text, "plain"]
}

/** PUBLIC's privileges on a new object. */
const INITIAL: Readonly<Partial<Record<SchemaObject["kind"], readonly string[]>>> = {
  function: ["EXECUTE"],
  procedure: ["EXECUTE"],
  enum: ["USAGE"],
  domain: ["USAGE"],
  composite_type: ["USAGE"],
  range_type: ["USAGE"],
}

/** Comment and privileges of a new object. Its owner is the role that creates it. */
export function attachedPlans(object: SchemaObject, { major, targetMajor, defaultGrants }: Context): Plan[] {
  const { comment, grants = {} } = object
  const initial = INITIAL[object.kind] ?? []
  const defaults = defaultGrants(object)
  const older = Math.min(major, targetMajor)
  const grantees = new Set([...Object.keys(grants), ...defaults.keys(), ...(initial.length === 0 ? [] : ["PUBLIC"])])
  return [
    ...(comment === undefined ? [] : [commentPlan(object, comment)]),
    ...[...grantees].map((grantee): Plan => {
      const stock = grantee === "PUBLIC" ? initial : []
      const byDefault = defaults.get(grantee) ?? []
      const after = comparable(own(grants, grantee), older) ?? []
      // What it has for certain need not be granted, and what it may have is revoked.
      const certain = stock.filter((each) => !byDefault.includes(`no ${each}`))
      const possible = comparable([...stock, ...byDefault.filter((each) => !each.startsWith("no "))], older) ?? []
      const [granted, revoked] = [certain, possible].map((before) => grantPlan(object, grantee, before, after))
      return together(ofPhase(granted!, "grant"), ofPhase(revoked!, "revoke"))
    }),
  ]
}

function ofPhase(plan: Plan, phase: Phase): Plan {
  return typeof plan === "string" ? plan : plan.filter((each) => each.phase === phase)
}
