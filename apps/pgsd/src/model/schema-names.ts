/** Renames a schema where a text mentions one of its objects. */
export interface SchemaRename {
  readonly from: string
  readonly to: string
  /** The objects in the schema, unquoted; a name that is not among them is something else, an alias or a column. "any": they are not known. */
  readonly names: ReadonlySet<string> | "any"
}

// A string, a quoted or plain name, an operator, or any one character. Function bodies are treated alike.
const TOKEN = /[eE]?'(?:[^']|'')*'|"(?:[^"]|"")*"|[\p{L}_][\p{L}\p{N}_$]*|[-+*/<>=~!@#%^&|`?]+|\s+|./gsu

/** `a.t` as `b.t`, in SQL as the server prints it; also within `'a.t'::regclass`. */
export function renameInSql(text: string, renames: readonly SchemaRename[]): string {
  if (!renames.some(({ from }) => text.includes(from))) return text
  const tokens = text.match(TOKEN) ?? []
  // As an alias or a relation, the name also stands before its columns.
  const isOther = (from: string) => tokens.some((token, at) => isName(token) && unquoted(token) === from && tokens[at + 1] !== ".")
  const isOf = ({ from, names }: SchemaRename, next: string) => (names === "any" ? !isOther(from) : names.has(next))
  return tokens
    .map((token, at) => {
      if (/^'/.test(token) && tokens[at + 1] === ":" && tokens[at + 2] === ":" && tokens[at + 3]?.startsWith("reg"))
        return `'${renameInSql(token.slice(1, -1), renames)}'`
      if (tokens[at + 1] !== "." || tokens[at - 1] === "." || !isName(token)) return token
      const next = unquoted(tokens[at + 2] ?? "")
      const rename = renames.find((each) => unquoted(token) === each.from && isOf(each, next))
      return rename === undefined ? token : quotedName(rename.to)
    })
    .join("")
}

function isName(token: string): boolean {
  return /^["\p{L}_]/u.test(token)
}

/** `s."T"` as `T`. */
export function lastName(name: string): string {
  return unquoted(/("(?:[^"]|"")*"|[^."]*)$/.exec(name)?.[0] ?? name)
}

function unquoted(token: string): string {
  return token.startsWith('"') ? token.slice(1, -1).replaceAll('""', '"') : token
}

// As quote_ident(), except for keywords: both sides get the same spelling, and it is never run.
export function quotedName(name: string): string {
  return /^[a-z_][a-z0-9_]*$/.test(name) ? name : `"${name.replaceAll('"', '""')}"`
}
