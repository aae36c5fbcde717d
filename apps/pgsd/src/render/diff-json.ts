import type { SchemaObject } from "../model/catalog.ts"
import type { Difference } from "../model/difference.ts"
import type { DiffReport } from "../model/report.ts"

/** Raised when a field changes its meaning or goes away; new fields do not raise it. */
const FORMAT = 1

/** The comparison for programs: one object per difference, in the order of the text. */
export function diffJson(report: DiffReport): string {
  const { source, target, differences, compared } = report
  const value = { format: FORMAT, equal: differences.length === 0, source, target, compared, differences: differences.map(toJson) }
  return `${JSON.stringify(value, null, 2)}\n`
}

function toJson({ change, kind, schema, parent, name, source, target, aspects, contents, note }: Difference) {
  return {
    change,
    kind,
    schema,
    ...(parent !== undefined && { parent }),
    name,
    source: source?.facts ?? null,
    target: target?.facts ?? null,
    ...(change === "changed" && { aspects }),
    ...(contents.length > 0 && { contents: contents.map(contentJson) }),
    ...(note !== undefined && { note }),
  }
}

function contentJson({ kind, name, facts }: SchemaObject) {
  return { kind, name, facts }
}
