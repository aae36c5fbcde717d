/** Longer texts are cut before anything else is done with them: an attribute is no place for a bulk insert. */
const LONGEST = 4_096

// Comments · quoted identifiers · strings with escapes · strings · dollar quotes · parameters and words · numbers.
const TOKENS =
  /--[^\n]*|\/\*[\s\S]*?(?:\*\/|$)|("(?:[^"]|"")*(?:"|$))|[eE]'(?:[^'\\]|\\[\s\S]|'')*(?:'|$)|(?:[uU]&|[bBxXnN])?'(?:[^']|'')*(?:'|$)|\$([A-Za-z_]\w*)?\$[\s\S]*?(?:\$\2\$|$)|(\$\d+|[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*)|\d[\w.]*/g

/** Without comments, and with `?` for every literal: what is left says which statement it is, and nothing that a user typed. */
export function sanitized(sql: string): string {
  return cut(sql)
    .replace(TOKENS, (token: string, identifier: string | undefined, _tag: unknown, word: string | undefined) => {
      if (identifier !== undefined || word !== undefined) return token
      return token.startsWith("--") || token.startsWith("/*") ? " " : "?"
    })
    .trim()
}

export function cut(sql: string): string {
  return sql.length > LONGEST ? sql.slice(0, LONGEST) : sql
}
