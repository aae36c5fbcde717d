const CHUNK_CHARACTERS = 65_536

/** Rows in COPY's text format, as callers of libraries without an encoder must write them. */
export function* copyLines(rows: readonly (readonly unknown[])[]): Generator<string> {
  let gathered = ""
  for (const row of rows) {
    gathered += `${row.map(encoded).join("\t")}\n`
    if (gathered.length < CHUNK_CHARACTERS) continue
    yield gathered
    gathered = ""
  }
  if (gathered !== "") yield gathered
}

const ESCAPES: Readonly<Record<string, string>> = { "\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r" }

function encoded(value: unknown): string {
  if (value === null) return "\\N"
  if (value instanceof Date) return value.toISOString()
  return String(value).replace(/[\\\t\n\r]/g, (character) => ESCAPES[character]!)
}
