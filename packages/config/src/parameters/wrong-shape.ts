/**
 * Describes a value that is not an object of parameters; undefined if it is one. A URL object and a Map have no own keys and would
 * otherwise count as no parameters, which selects the default connection.
 */
export function wrongShape(value: unknown): { readonly kind: string; readonly hint?: string } | undefined {
  if (value === null || typeof value !== "object") return { kind: value === null ? "null" : `a ${typeof value}` }
  if (value instanceof URL) return { kind: "a URL object", hint: "pass its href" }
  return Symbol.iterator in value ? { kind: "a list" } : undefined
}
