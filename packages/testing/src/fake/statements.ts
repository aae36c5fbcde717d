// One token: a quoted string, a quoted identifier, a dollar-quoted body, a comment, or a stretch of anything else.
const PIECE = /'(?:[^']|'')*'|"(?:[^"]|"")*"|\$(\w*)\$[\s\S]*?\$\1\$|--[^\n]*|\/\*[\s\S]*?\*\/|;|[^'"$;/-]+|['"$/-]/g

/** Splits a text into statements, at semicolons outside quotes and comments, without empty ones. */
export function splitStatements(sql: string): readonly string[] {
  const statements: string[] = []
  let current = ""
  for (const [piece] of sql.matchAll(PIECE)) {
    if (piece !== ";") current += piece.startsWith("--") || piece.startsWith("/*") ? " " : piece
    else {
      statements.push(current.trim())
      current = ""
    }
  }
  statements.push(current.trim())
  return statements.filter((statement) => statement !== "")
}

const TWO_WORDS = /^(CREATE|ALTER|DROP)\s+(?:OR\s+REPLACE\s+|TEMP(?:ORARY)?\s+|UNLOGGED\s+|MATERIALIZED\s+)*(\w+)/i
const ALSO_SELECT = new Set(["WITH", "VALUES", "TABLE"])

/** The command tag of a server, as far as it follows from the text. */
export function commandOf(statement: string): string {
  const pair = TWO_WORDS.exec(statement)
  if (pair !== null) return `${pair[1]} ${pair[2]}`.toUpperCase()
  const word = (/^\w+/.exec(statement)?.[0] ?? "").toUpperCase()
  return ALSO_SELECT.has(word) ? "SELECT" : word
}
