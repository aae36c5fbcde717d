import type { Catalog, SchemaObject } from "../model/catalog.ts"
import type { Difference } from "../model/difference.ts"
import { own } from "../model/own.ts"
import { type ColumnGrants, commentPlan, grantPlan } from "./attached.ts"
import { changePlan } from "./change.ts"
import { collisions } from "./collisions.ts"
import { type Context, contextOf } from "./context.ts"
import { createPlan } from "./create.ts"
import { dropPlan } from "./drop.ts"
import { reportWhatFails } from "./failing.ts"
import { lacks } from "./needs.ts"
import { inOrder, namesOfSteps } from "./order.ts"
import { listOf, nameKey, type Plan, type Step } from "./steps.ts"
import { unitsOf } from "./units.ts"

export interface Script {
  /** In a valid order of execution. */
  readonly steps: readonly Step[]
  /** Differences without a statement, and why: of a new table that is written, its parts that are not. */
  readonly reported: readonly { readonly difference: Difference; readonly reason: string }[]
}

export interface ScriptOptions {
  readonly allowDrops?: boolean
  /** Differences that the script leaves alone because they were not asked for. */
  readonly unselected?: readonly Difference[]
}

/** Statements that turn the source into the target, where that is safe and certain; without `allowDrops`, nothing may rely on a drop. Pure: the same comparison gives the same script. */
export function scriptOf(differences: readonly Difference[], source: Catalog, target: Catalog, options: ScriptOptions = {}): Script {
  const { allowDrops = false } = options
  const unselected = new Set(options.unselected)
  const context = contextOf(source, target)
  const objection = objections(differences, source)
  const units = new Map(differences.map((difference) => [difference, unitsOf(difference)]))
  const all = [...units.values()].flat()
  const collision = collisions(
    [...all, ...unselected],
    context.relatives,
    (each) => !allowDrops || unselected.has(each) || objection(each) !== undefined,
  )
  const written = new Map<Difference, readonly Step[]>()
  const reasons = new Map<Difference, string>()
  for (const difference of parentsFirst(all, context.relatives)) {
    const plan = objection(difference) ?? lacks(difference, context) ?? collision(difference) ?? planOf(difference, context)
    if (typeof plan === "string") reasons.set(difference, plan)
    else written.set(difference, plan)
  }
  const namesOf = namesOfSteps()
  reportWhatFails({ written, reasons, unselected, context, namesOf })
  const reported = (difference: Difference, unit = difference) => (reasons.has(unit) ? [{ difference, reason: reasons.get(unit)! }] : [])
  return {
    steps: inOrder([...written.values()].flat(), namesOf),
    reported: [...units].flatMap(([difference, [whole, ...parts]]) =>
      reasons.has(whole) ? reported(difference, whole) : parts.flatMap((part) => reported(part)),
    ),
  }
}

/**
 * Tables after their parents, whose values a new child has until it gets its own; new columns before those of the parent tables, because ALTER TABLE gives a
 * column to the children, and only one that exists there is merged with it; constraints that are not valid
 * after valid ones, which a child cannot add to what it inherited. Otherwise in the given order.
 */
function parentsFirst(differences: readonly Difference[], { source, target }: Context["relatives"]): readonly Difference[] {
  const depths = differences.map((difference) => {
    const { change, kind, schema, name, parent } = difference
    if (kind === "column" && change === "added") return -source.depthOf({ schema, name: parent!.name })
    if (kind === "constraint" && change === "added" && / NOT VALID$/.test(String(difference.target?.facts.definition))) return 1
    return kind === "table" ? target.depthOf({ schema, name }) : 0
  })
  return differences
    .map((difference, at) => ({ difference, at }))
    .sort((one, other) => depths[one.at]! - depths[other.at]! || one.at - other.at)
    .map(({ difference }) => difference)
}

function planOf(difference: Difference, context: Context): Plan {
  const { change, kind, on, source, target, contents } = difference
  if (on !== undefined) return attachedPlan(difference, context)
  if (kind === "default_privilege" || kind === "database_setting" || kind === "database")
    return "it belongs to the database: change it by hand"
  if (change === "added") return createPlan(target!, contents, context)
  if (change === "removed") return dropPlan(source!, contents, context)
  return changePlan(difference, context)
}

function attachedPlan({ kind, schema, parent, on, name, source, target }: Difference, { relatives }: Context): Plan {
  const object = {
    kind: on!.kind,
    schema,
    name: on!.name,
    parent: parent?.kind === on!.kind && parent.name === on!.name ? undefined : parent,
  }
  if (kind === "comment") {
    const comment = target?.facts.comment
    return commentPlan(object, typeof comment === "string" ? comment : null)
  }
  if (kind === "grant")
    return grantPlan(
      object,
      name,
      listOf(source?.facts.privileges),
      listOf(target?.facts.privileges),
      on!.kind === "column" ? [] : columnGrants(object, name, relatives),
    )
  return `who owns what is for you to say: ALTER … OWNER TO ${target?.facts.owner}`
}

function columnGrants(
  relation: Pick<SchemaObject, "schema" | "name">,
  grantee: string,
  { source, target }: Context["relatives"],
): ColumnGrants[] {
  const before = new Map(source.columnsOf(relation).map(({ name, grants }) => [name, own(grants, grantee) ?? []]))
  return target
    .columnsOf(relation)
    .map(({ name, grants }) => ({ column: name, before: before.get(name) ?? [], after: own(grants, grantee) ?? [] }))
}

/** What the other differences imply against the plan for one. */
function objections(differences: readonly Difference[], catalog: Catalog): (difference: Difference) => string | undefined {
  const names = (change: Difference["change"]) =>
    new Set(differences.flatMap((each) => (each.change === change && isNamedAlone(each) ? [nameIn(each)] : [])))
  const [added, removed] = [names("added"), names("removed")]
  const identities = new Set(
    differences.flatMap(({ kind, schema, parent, name, aspects }) =>
      kind === "column" && aspects.some((aspect) => aspect.name === "identity")
        ? [JSON.stringify([schema, `${parent?.name}.${name}`])]
        : [],
    ),
  )
  const children = new Set(
    catalog.objects.flatMap(({ schema, name, facts }) => (listOf(facts.inherits).length > 0 ? [nameKey(schema, name)] : [])),
  )
  return (difference) => {
    const { change, kind, schema, parent, source, target } = difference
    const isLocal = source?.inheritedFrom === undefined
    if (
      change === "removed" &&
      isLocal &&
      (kind === "column" || kind === "constraint") &&
      children.has(nameKey(schema, parent?.name ?? ""))
    )
      return "a parent of its table may have it, too: drop it by hand where that is not so"
    // Which one has to be dropped first is uncertain.
    if (added.has(nameIn(difference)) && removed.has(nameIn(difference)) && isNamedAlone(difference))
      return "another kind of object has its name in the other database"
    const owner = (target ?? source)?.facts.ownedBy
    return kind === "sequence" && identities.has(JSON.stringify([schema, owner]))
      ? "it comes and goes with the identity of its column"
      : undefined
  }
}

function isNamedAlone({ schema, parent, on }: Difference): boolean {
  return schema !== null && parent === undefined && on === undefined
}

function nameIn(difference: Difference): string {
  return isNamedAlone(difference) ? JSON.stringify([difference.schema, difference.name]) : ""
}
