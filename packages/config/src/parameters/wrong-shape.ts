/**
 * What a value is that should be parameters by keyword; nothing when it is that. A URL object and a Map have no keys of their own, so without this
 * they would be no parameters at all, and the connection the default one.
 */
export function wrongShape(value: unknown): { readonly kind: string; readonly hint?: string } | undefined {
  if (value === null || typeof value !== "object") return { kind: value === null ? "null" : `a ${typeof value}` }
  if (value instanceof URL) return { kind: "a URL object", hint: "pass its href" }
  return Symbol.iterator in value ? { kind: "a list" } : undefined
}
