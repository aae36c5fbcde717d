import { OF_IDENTITY, type SchemaObject } from "../model/catalog.ts"
import type { Difference } from "../model/difference.ts"
import { lastName } from "../model/schema-names.ts"
import type { Context } from "./context.ts"
import { madeNames } from "./made.ts"
import { type NamesOf, namesIn, pushTo } from "./order.ts"
import { isForeignKey } from "./relatives.ts"
import { nameKey, type Step, textsOf } from "./steps.ts"

interface Reporting {
  readonly written: Map<Difference, readonly Step[]>
  readonly reasons: Map<Difference, string>
  readonly unselected: Iterable<Difference>
  readonly context: Context
  readonly namesOf: NamesOf
}

const WITH_ANOTHER = "it hangs on something that is not written"

/**
 * A statement that needs something not created, drops something still in use, or changes what another difference would have brought, would fail or leave
 * something behind: it is reported, too, and so is what needs it.
 */
export function reportWhatFails({ written, reasons, unselected, context, namesOf }: Reporting): void {
  const [needing, dropping, hanging] = [new Map<string, Difference[]>(), new Map<string, Difference[]>(), new Map<string, Difference[]>()]
  const { extensionMembers, relatives } = context
  const columns = new Map<string, { readonly column: string; readonly difference: Difference }[]>()
  const foreignKeys = new Map<string, Difference[]>()
  for (const [difference, steps] of written) {
    for (const object of partsOf(difference)) if (isForeignKey(object)) pushTo(foreignKeys, keyOfPart(object), difference)
    // With a statement of its own, it goes without the other.
    if (difference.change === "added" || steps.length === 0)
      for (const object of partsOf(difference)) for (const key of bearersOf(difference, object)) pushTo(hanging, key, difference)
    for (const step of steps) {
      if (step.destructive !== true) for (const name of [...namesOf(step), ...namesInBody(step)]) pushTo(needing, name, difference)
      else for (const name of step.makes ?? []) pushTo(dropping, name, difference)
      const { column = "", tables = [] } = step.dropsColumn ?? {}
      for (const table of tables) pushTo(columns, table, { column, difference })
    }
  }
  const found = [...reasons.keys(), ...unselected]
  const report = (failing: readonly Difference[] = []) => {
    for (const each of failing) {
      if (!written.delete(each)) continue
      reasons.set(each, WITH_ANOTHER)
      found.push(each)
    }
  }
  // It grows.
  for (const difference of found) {
    for (const object of partsOf(difference)) report(hanging.get(keyOfPart(object)))
    if (difference.change === "added") {
      for (const key of partsOf(difference).flatMap((object) => relatives.target.foreignKeysOn(object)))
        report(foreignKeys.get(keyOfPart(key)))
      for (const name of madeNames(difference, extensionMembers.target)) report(needing.get(name))
    }
    if (dropping.size === 0 && columns.size === 0) continue
    const text = difference.on === undefined ? textsOf(difference.source, difference.change === "changed" ? [] : difference.contents) : ""
    for (const name of [...namesIn(text), ...namesOfForeign(difference), nameKey(difference.schema, difference.parent?.name ?? "")]) {
      report(dropping.get(name))
      report((columns.get(name) ?? []).flatMap((each) => (mentions(text, each.column) ? [each.difference] : [])))
    }
  }
}

/** The object and what comes or goes with it. */
function partsOf({ on, source, target, contents }: Difference): readonly SchemaObject[] {
  return on === undefined ? [(target ?? source)!, ...contents] : []
}

/**
 * The objects because of which this one comes or goes, or can: the constraint of a key's index, the column of its sequence, the parent tables' columns of an
 * inherited one, the view or the type of a column, the index that is a table's replica identity.
 */
function bearersOf({ change }: Difference, { kind, schema, parent, name, facts, implied, inheritedFrom = [] }: SchemaObject): string[] {
  const [, index] = /^index (.*)$/s.exec(String(facts.replicaIdentity)) ?? []
  if (index !== undefined && change === "added")
    return (["constraint", "index"] as const).map((each) => partKey(each, schema, name, lastName(index)))
  if (change === "changed" || parent === undefined) return []
  if (kind === "sequence" && implied === true) return [partKey("column", schema, parent.name, name.slice(OF_IDENTITY.length))]
  if (kind === "sequence")
    return change === "removed" ? [partKey("column", schema, parent.name, String(facts.ownedBy).slice(parent.name.length + 1))] : []
  if (implied !== true) return inheritedFrom.map((table) => partKey("column", table.schema, table.name, name))
  return [kind === "index" ? partKey("constraint", schema, parent.name, name) : partKey(parent.kind, schema, undefined, parent.name)]
}

function keyOfPart({ kind, schema, parent, name }: SchemaObject): string {
  return partKey(kind, schema, parent?.name, name)
}

function partKey(kind: SchemaObject["kind"], schema: string | null, parent: string | undefined, name: string): string {
  return JSON.stringify([kind, schema, parent, name])
}

/** An index or a default runs the function that it calls: what that needs has to be there. Order does not depend on it, because bodies are not checked. */
function namesInBody({ phase, sql }: Step): readonly string[] {
  const [, body] = (phase === "function" && /\nAS (\$\w*\$[\s\S]*)$/.exec(sql)) || []
  return body === undefined ? [] : [...namesIn(body.replaceAll("$", " "))]
}

/** What a foreign server or table names without a schema. */
function namesOfForeign({ source }: Difference): readonly string[] {
  return [source?.facts.wrapper, source?.facts.server].flatMap((name) => (typeof name === "string" ? [nameKey(null, name)] : []))
}

/** Also as a quoted name, in which a quote is doubled. */
function mentions(text: string, column: string): boolean {
  const names = [column, column.replaceAll('"', '""')].map((name) => name.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&"))
  return new RegExp(`(?<![\\w$])(?:${names.join("|")})(?![\\w$])`, "u").test(text)
}
