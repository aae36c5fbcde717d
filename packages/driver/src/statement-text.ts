/**
 * The first word of a statement in lower case, after white space, comments and opening parentheses; "" if there is none. Comments by
 * PostgreSQL's rules (scan.l): `--` ends at \n or \r, block comments nest.
 */
export function firstWord(sql: string): string {
  const at = skipBlank(sql, 0, true)
  let end = at
  while (end < sql.length && isWordCharacter(sql.charCodeAt(end))) end++
  return sql.slice(at, end).toLowerCase()
}

/** Whether the string may contain several statements: there is text after its first semicolon, wherever that is. */
export function mayHoldSeveral(sql: string): boolean {
  const end = sql.indexOf(";")
  return end !== -1 && skipBlank(sql, end + 1, false) < sql.length
}

/** The end of white space, comments, semicolons and (with `parentheses`) opening parentheses that start at `at`. */
function skipBlank(sql: string, at: number, parentheses: boolean): number {
  for (;;) {
    const code = sql.charCodeAt(at)
    if (isSpace(code) || code === 59 || (parentheses && code === 40)) at++
    else if (code === 45 && sql.charCodeAt(at + 1) === 45) at = endOfLine(sql, at)
    else if (code === 47 && sql.charCodeAt(at + 1) === 42) at = endOfComment(sql, at)
    else return at
  }
}

function endOfLine(sql: string, at: number): number {
  while (at < sql.length && sql.charCodeAt(at) !== 10 && sql.charCodeAt(at) !== 13) at++
  return at
}

function endOfComment(sql: string, at: number): number {
  let depth = 0
  while (at < sql.length) {
    const code = sql.charCodeAt(at)
    const next = sql.charCodeAt(at + 1)
    if (code === 47 && next === 42) {
      depth++
      at += 2
    } else if (code === 42 && next === 47) {
      depth--
      at += 2
      if (depth === 0) return at
    } else at++
  }
  return at
}

// scan.l: space, \t, \n, \r, \f, and \v since 16.
function isSpace(code: number): boolean {
  return code === 32 || (code >= 9 && code <= 13)
}

function isWordCharacter(code: number): boolean {
  return (code >= 97 && code <= 122) || (code >= 65 && code <= 90) || code === 95 || (code >= 48 && code <= 57) || code === 36 || code > 127
}

/** First words of statements that neither open nor end a transaction. Any other word may. */
const WITHIN_A_TRANSACTION: ReadonlySet<string> = new Set([
  "alter",
  "analyze",
  "close",
  "comment",
  "copy",
  "create",
  "declare",
  "delete",
  "drop",
  "explain",
  "fetch",
  "grant",
  "insert",
  "listen",
  "lock",
  "merge",
  "move",
  "notify",
  "refresh",
  "reindex",
  "reset",
  "revoke",
  "select",
  "set",
  "show",
  "table",
  "truncate",
  "unlisten",
  "update",
  "values",
  "with",
])

/**
 * Whether the text may open or end a transaction. Decided by what is known not to: unrecognised syntax counts as one that may.
 */
export function mayControlTransaction(sql: string): boolean {
  return !WITHIN_A_TRANSACTION.has(firstWord(sql)) || mayHoldSeveral(sql)
}

const SETS_ENCODING = /^set\s+(?:(?:session|local)\s+)?(?:client_encoding\s*(?:=|to\b)|names\b)\s*(.{0,12})/is
const CONFIGURES = /\bset_config\s*\(\s*''/i
const CONFIGURES_ENCODING = /\bset_config\s*\(\s*'client_encoding'\s*,\s*(.{0,12})/gis
const UNICODE = /^['"]?(?:utf-?8|unicode|default)\b/i

/**
 * Whether a string of several statements sets client_encoding to anything but UTF8. The server reports the change after all of them, or not
 * at all if the last one resets it. Unrecognised syntax counts as no.
 */
export function changesEncodingAmongOthers(sql: string): boolean {
  if (!mayHoldSeveral(sql) || !/client_encoding|\bset\s+(?:\w+\s+)?names\b/i.test(sql)) return false
  const statements = statementsOf(sql)
  return statements.length > 1 && statements.some(changesEncoding)
}

function changesEncoding(statement: string): boolean {
  const [, value] = SETS_ENCODING.exec(statement) ?? []
  if (value !== undefined) return !UNICODE.test(value)
  if (!/set_config/i.test(statement) || !CONFIGURES.test(bareText(statement))) return false
  return [...statement.matchAll(CONFIGURES_ENCODING)].some(([, configured = ""]) => !UNICODE.test(configured))
}

/** The statements of a string, from their first words on, without empty ones. */
function statementsOf(sql: string): string[] {
  const statements: string[] = []
  let start = skipBlank(sql, 0, false)
  for (let at = start; at < sql.length; ) {
    const end = endOfName(sql, at) ?? endOfQuoted(sql, at)
    if (end > at) at = end
    else if (sql[at] !== ";") at++
    else {
      statements.push(sql.slice(start, at))
      start = at = skipBlank(sql, at, false)
    }
  }
  if (start < sql.length) statements.push(sql.slice(start))
  return statements
}

/**
 * The text without comments and with empty quotes ('', "", $$ and E'' alike), for searching words in it. An unterminated quote or comment
 * extends to the end.
 */
export function bareText(sql: string): string {
  let bare = ""
  for (let at = 0; at < sql.length; ) {
    const name = endOfName(sql, at)
    const end = name ?? endOfQuoted(sql, at)
    if (name !== undefined) {
      bare += sql.slice(at, name)
      at = name
    } else if (end === at) bare += sql[at++]
    else {
      const quote = sql[at]!
      bare += quote === '"' || quote === "'" ? quote + quote : " "
      at = end
    }
  }
  return bare
}

/**
 * The end of the name or word that starts at `at`; undefined if none does. Skipped as a whole, because `$` begins no quoted
 * text in it: `a$b$`, unlike `$1$b$`.
 */
function endOfName(sql: string, at: number): number | undefined {
  const code = sql.charCodeAt(at)
  if (!isWordCharacter(code) || code === 36 || (code >= 48 && code <= 57)) return undefined
  let end = at + 1
  while (end < sql.length && isWordCharacter(sql.charCodeAt(end))) end++
  return end
}

/**
 * The end of the comment or quoted text ('', E'', "" or $$) that starts at `at`; `at` itself if none does.
 *
 * @param at not inside a name: those are skipped as a whole
 */
export function endOfQuoted(sql: string, at: number): number {
  const code = sql.charCodeAt(at)
  const next = sql.charCodeAt(at + 1)
  if (code === 45 && next === 45) return endOfLine(sql, at)
  if (code === 47 && next === 42) return endOfComment(sql, at)
  if (code === 34) return endOfQuotes(sql, at, '"', false)
  if (code === 39) return endOfString(sql, at, /(?:^|[^\w$\u0080-\uffff])e$/i.test(sql.slice(Math.max(0, at - 2), at)))
  const tag = code === 36 ? /^\$(?:[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)?\$/.exec(sql.slice(at, at + 66))?.[0] : undefined
  if (tag === undefined) return at
  const end = sql.indexOf(tag, at + tag.length)
  return end === -1 ? sql.length : end + tag.length
}

/** A string that continues on the next line, with the escape rules of its beginning. */
function endOfString(sql: string, at: number, escapes: boolean): number {
  for (let end = endOfQuotes(sql, at, "'", escapes); ; ) {
    CONTINUED.lastIndex = end
    const next = CONTINUED.exec(sql)
    if (next === null) return end
    end = endOfQuotes(sql, end + next[0].length - 1, "'", escapes)
  }
}

// A comment extends to the end of its line, so at most one precedes: a second way to match a run of dashes would make backtracking
// exponential.
const CONTINUED = /[ \t\f\v]*(?:--[^\n\r]*)?[\n\r](?:\s|--[^\n\r]*[\n\r])*'/y

function endOfQuotes(sql: string, at: number, quote: string, escapes: boolean): number {
  for (let i = at + 1; i < sql.length; i++) {
    if (escapes && sql[i] === "\\") i++
    else if (sql[i] === quote) {
      if (sql[i + 1] !== quote) return i + 1
      i++
    }
  }
  return sql.length
}
