/**
 * The first word of a statement in lower case, behind white space, comments and opening parentheses; "" when there is none. Comments as
 * PostgreSQL reads them (scan.l): `--` ends at \n or \r, block comments nest.
 */
export function firstWord(sql: string): string {
  const at = skipBlank(sql, 0, true)
  let end = at
  while (end < sql.length && isWordCharacter(sql.charCodeAt(end))) end++
  return sql.slice(at, end).toLowerCase()
}

/** True when the text may contain more than one statement: there is text after its first semicolon, wherever that is. */
export function mayHoldSeveral(sql: string): boolean {
  const end = sql.indexOf(";")
  return end !== -1 && skipBlank(sql, end + 1, false) < sql.length
}

/** Where white space, comments, semicolons and (with `parentheses`) opening parentheses from `at` on are over. */
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

/** Statements that neither open nor end a transaction, by their first word. Every other word may. */
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
 * True when the text may open or end a transaction. Decided by what is known not to: a spelling that this does not understand counts
 * as one that may.
 */
export function mayControlTransaction(sql: string): boolean {
  return !WITHIN_A_TRANSACTION.has(firstWord(sql)) || mayHoldSeveral(sql)
}

const SETS_ENCODING = /^set\s+(?:(?:session|local)\s+)?(?:client_encoding\s*(?:=|to\b)|names\b)\s*(.{0,12})/is
const CONFIGURES = /\bset_config\s*\(\s*''/i
const CONFIGURES_ENCODING = /\bset_config\s*\(\s*'client_encoding'\s*,\s*(.{0,12})/gis
const UNICODE = /^['"]?(?:utf-?8|unicode|default)\b/i

/**
 * True when a text of several statements sets client_encoding to another one than UTF8. The server reports that behind all of them, and not at
 * all when the last one sets it back. A spelling that this does not understand counts as none.
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

/** The statements of a text, from their first words on; those that hold nothing are left out. */
function statementsOf(sql: string): string[] {
  const statements: string[] = []
  let start = skipBlank(sql, 0, false)
  for (let at = start; at < sql.length; ) {
    const end = endOfQuoted(sql, at)
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
 * The text without its comments, and with nothing in its quotes ('', "", $$ and E'' alike), so that words can be looked for in it. An end
 * that is missing takes the rest of the text with it.
 */
export function bareText(sql: string): string {
  let bare = ""
  for (let at = 0; at < sql.length; ) {
    const end = endOfQuoted(sql, at)
    if (end === at) bare += sql[at++]
    else {
      const quote = sql[at]!
      bare += quote === '"' || quote === "'" ? quote + quote : " "
      at = end
    }
  }
  return bare
}

/** Where the comment or the quoted text ('', E'', "" or $$) that begins at `at` is over; `at` itself when none begins there. */
export function endOfQuoted(sql: string, at: number): number {
  const code = sql.charCodeAt(at)
  const next = sql.charCodeAt(at + 1)
  if (code === 45 && next === 45) return endOfLine(sql, at)
  if (code === 47 && next === 42) return endOfComment(sql, at)
  if (code === 34) return endOfQuotes(sql, at, '"', false)
  if (code === 39) return endOfString(sql, at, /(?:^|[^\w$\u0080-\uffff])e$/i.test(sql.slice(Math.max(0, at - 2), at)))
  const tag =
    code === 36 && !isInName(sql, at) ? /^\$(?:[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)?\$/.exec(sql.slice(at, at + 66))?.[0] : undefined
  if (tag === undefined) return at
  const end = sql.indexOf(tag, at + tag.length)
  return end === -1 ? sql.length : end + tag.length
}

/** A string goes on in the next line, with the escapes of its beginning. */
function endOfString(sql: string, at: number, escapes: boolean): number {
  for (let end = endOfQuotes(sql, at, "'", escapes); ; ) {
    CONTINUED.lastIndex = end
    const next = CONTINUED.exec(sql)
    if (next === null) return end
    end = endOfQuotes(sql, end + next[0].length - 1, "'", escapes)
  }
}

// A comment goes to the end of its line, so there is one at most before that: two ways to read a run of dashes would take for ever.
const CONTINUED = /[ \t\f\v]*(?:--[^\n\r]*)?[\n\r](?:\s|--[^\n\r]*[\n\r])*'/y

/** `$` begins no quoted text where it belongs to a name: `a$b$`, unlike `$1$b$`. */
function isInName(sql: string, at: number): boolean {
  let start = at
  while (start > 0 && /[\w$\u0080-\uffff]/.test(sql[start - 1]!)) start--
  return start < at && /[A-Za-z_\u0080-\uffff]/.test(sql[start]!)
}

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
