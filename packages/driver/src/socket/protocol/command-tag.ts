/** `"INSERT 0 3"` → INSERT and 3; `"CREATE TABLE"` → itself and 0. */
export function readCommandTag(tag: string): { readonly command: string; readonly rowCount: number } {
  const last = tag.lastIndexOf(" ")
  const first = tag.charCodeAt(last + 1)
  if (last < 0 || first < 48 || first > 57) return { command: tag, rowCount: 0 }
  const rowCount = Number(tag.slice(last + 1))
  // Only INSERT has two numbers: the first used to be an OID.
  return { command: tag.startsWith("INSERT ") ? "INSERT" : tag.slice(0, last), rowCount }
}
