import type { DiffCommandOptions, ReadCommandOptions } from "../cli/options.ts"
import { ProgramError } from "../errors.ts"
import type { Catalog } from "../model/catalog.ts"
import { listed } from "../render/labels.ts"

/** The requested schemas, in this side's names. */
export function schemasOf(side: "source" | "target", { schema, mapSchema }: ReadCommandOptions): readonly string[] | undefined {
  return side === "source" ? schema : schema?.map((name) => mapSchema?.get(name) ?? name)
}

/** A misspelt schema would compare nothing with nothing and report equality. */
export function refuseMissingSchemas(options: ReadCommandOptions, source: Catalog, target: Catalog): void {
  const found = new Set([...existing(source), ...existing(target)])
  const missing = (options.schema ?? []).filter((name) => !found.has(name) && !found.has(options.mapSchema?.get(name) ?? name))
  if (missing.length > 0) throw notFound(source === target ? "the database does not have" : "neither source nor target has", missing)
}

/** Excluding a schema that is not there may be meant: one that is nowhere is probably misspelt. */
export function missingExclusions({ excludeSchema = [] }: ReadCommandOptions, source: Catalog, target: Catalog): readonly string[] {
  if (source.schemaNames === undefined || target.schemaNames === undefined) return []
  const found = new Set([...source.schemaNames, ...target.schemaNames])
  return excludeSchema.filter((name) => !found.has(name))
}

/** @throws ProgramError when a mapped schema is not in the source or not in the target, or two schemas of the source would be merged */
export function refuseImpossibleMap(map: ReadonlyMap<string, string>, source: Catalog, target: Catalog): void {
  const names = schemaNames(source)
  const missing = [...map.keys()].filter((name) => !existing(source).includes(name))
  if (missing.length > 0) throw notFound("--map-schema: the source does not have", missing)
  const unknown = [...map.values()].filter((name) => !existing(target).includes(name))
  if (unknown.length > 0) throw notFound("--map-schema: the target does not have", unknown)
  const mapped = names.map((name) => map.get(name) ?? name)
  const twice = mapped.find((name, at) => mapped.indexOf(name) !== at)
  if (twice === undefined) return
  const both = names.filter((name) => (map.get(name) ?? name) === twice)
  throw new ProgramError(
    "PGSD_SCHEMA_MAP_AMBIGUOUS",
    `--map-schema: ${listed(both.map((name) => `"${name}"`))} of the source would both be "${twice}"`,
    {
      hint: `map "${twice}" of the source to another name as well, or leave it out with --exclude-schema`,
    },
  )
}

/** @throws ProgramError for statements with the target's schema names, which the source does not have */
export function refuseMappedScript({ format, mapSchema }: DiffCommandOptions): void {
  if (format === "sql" && mapSchema !== undefined)
    throw new ProgramError("PGSD_SQL_WITH_SCHEMA_MAP", "--format sql cannot be combined with --map-schema", {
      hint: "the statements would name the target's schemas, which the source does not have: rename them first, or use another format",
    })
}

/** Also those that were not read. */
function existing(catalog: Catalog): readonly string[] {
  return catalog.schemaNames ?? schemaNames(catalog)
}

/** A schema that belongs to an extension is no object, but can have some. */
function schemaNames({ objects }: Catalog): string[] {
  return [...new Set(objects.flatMap(({ kind, schema, name }) => (kind === "schema" ? [name] : schema === null ? [] : [schema])))]
}

function notFound(who: string, names: readonly string[]): ProgramError {
  return new ProgramError(
    "PGSD_SCHEMA_NOT_FOUND",
    `${who} ${names.length === 1 ? "a schema" : "schemas"} ${listed(names.map((name) => `"${name}"`))}`,
    { hint: "names are case-sensitive and given without quotes" },
  )
}
