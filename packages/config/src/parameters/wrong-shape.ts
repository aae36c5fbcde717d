/**
 * A description of a value that should be parameters by keyword; undefined if it is. A URL object and a Map have no own keys, so without this
 * they would count as no parameters, and the default connection would be used.
 */
export function wrongShape(value: unknown): { readonly kind: string; readonly hint?: string } | undefined {
  if (value === null || typeof value !== "object") return { kind: value === null ? "null" : `a ${typeof value}` }
  if (value instanceof URL) return { kind: "a URL object", hint: "pass its href" }
  return Symbol.iterator in value ? { kind: "a list" } : undefined
}
