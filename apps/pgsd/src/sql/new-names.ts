import type { ObjectKind, SchemaObject } from "../model/catalog.ts"
import NAMES from "./new-names.json" with { type: "json" }

const FUNCTIONS = majorsOf(NAMES.functions)
const OTHERS = majorsOf(NAMES.others)

function majorsOf(list: Readonly<Record<string, readonly string[]>>): ReadonlyMap<string, number> {
  return new Map(Object.entries(list).flatMap(([since, names]) => names.map((name) => [name, Number(since)] as const)))
}

/** Functions, types, operator classes and relations of pg_catalog, whose names alone are printed without a schema. */
export function newNames({ kind }: SchemaObject, text: string, major: number): { readonly name: string; readonly since: number }[] {
  return [...text.matchAll(/(?<![\w.$])(::|FROM |JOIN |COLLATE )?([a-z_][a-z0-9_]*)(\()?/g)].flatMap(([, before, name = "", after]) => {
    const isOther = before !== undefined || WITH_TYPES.includes(kind)
    const since = (after === undefined ? undefined : FUNCTIONS.get(name)) ?? (isOther ? OTHERS.get(name) : undefined)
    return since !== undefined && since > major ? [{ name, since }] : []
  })
}

/** Kinds whose texts name types and operator classes alone. */
export const WITH_TYPES: readonly ObjectKind[] = ["column", "composite_type", "domain", "range_type", "function", "procedure", "index"]
