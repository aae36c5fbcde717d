/** What is wrong with the `types` of an option or a statement object, as in "one with …"; undefined if nothing is. */
export function faultOfParsers(types: unknown): string | undefined {
  if (typeof types !== "object" || types === null) return `of type ${types === null ? "null" : typeof types}`
  // pg's own form, whose parsers would be ignored.
  if (typeof (types as { readonly getTypeParser?: unknown }).getTypeParser === "function") return "with getTypeParser()"
  for (const [id, parser] of Object.entries(types))
    if (parser !== undefined && typeof parser !== "function") return `with no function for ${id}`
  return undefined
}

export const PARSERS_HINT = "give parsers by type OID: { 20: BigInt }"
