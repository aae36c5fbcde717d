import type { SchemaObject } from "../model/catalog.ts"
import type { Difference } from "../model/difference.ts"
import type { DiffReport } from "../model/report.ts"
import { printableJson } from "./printable.ts"

/** Increased when a field changes its meaning or is removed, not for new fields. */
const FORMAT = 1

/** The comparison as data: one object per difference, in the order of the text. */
export function diffJson(report: DiffReport): string {
  const { source, target, differences, compared, environment } = report
  const value = {
    format: FORMAT,
    equal: differences.length === 0,
    source,
    target,
    compared,
    environment,
    differences: differences.map(toJson),
  }
  return printableJson(`${JSON.stringify(value, null, 2)}\n`)
}

function toJson({ change, kind, schema, parent, name, on, source, target, aspects, contents, note }: Difference) {
  return {
    change,
    kind,
    schema,
    ...(parent !== undefined && { parent }),
    name,
    ...(on !== undefined && { on }),
    source: known(source),
    target: known(target),
    ...(change === "changed" && { aspects }),
    ...(contents.length > 0 && { contents: contents.map(contentJson) }),
    ...(note !== undefined && { note }),
  }
}

function contentJson(object: SchemaObject) {
  return { kind: object.kind, name: object.name, facts: known(object) }
}

// An absent fact is none; null as a whole is an object that does not exist.
function known(object: SchemaObject | undefined): object | null {
  if (object === undefined) return null
  const { facts, owner, grants, comment } = object
  return {
    ...Object.fromEntries(Object.entries(facts).filter(([, fact]) => fact !== null)),
    ...(owner !== undefined && { owner }),
    ...(grants !== undefined && { grants }),
    ...(comment !== undefined && { comment }),
  }
}
