/** The fields that libpq compares when it looks up a password. */
interface PasswordFileQuery {
  /** `host`, else `hostaddr`; `localhost` for no host and for the default socket directory. */
  readonly host: string
  /** As written: `05432` is not `5432`. */
  readonly port: string
  readonly database: string
  readonly user: string
}

interface PasswordFileMatch {
  readonly password: string
  readonly line: number
}

/**
 * The first matching line of a password file (fe-connect.c, passwordFromFile), even if its password is empty. A line is a comment only if
 * its first character is `#`.
 */
export function findPassword(content: Uint8Array, query: PasswordFileQuery): PasswordFileMatch | undefined {
  const bytes = Buffer.from(content.buffer, content.byteOffset, content.byteLength)
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })
  let line = 0
  for (let start = 0; start < bytes.length; ) {
    const newline = bytes.indexOf(10, start)
    const end = newline === -1 ? bytes.length : newline
    line++
    const text = decode(bytes.subarray(start, end), decoder)?.replace(/\r+$/, "")
    const password = text === undefined || text === "" || text.startsWith("#") ? undefined : match(text, query)
    if (password !== undefined) return { password, line }
    start = end + 1
  }
  return undefined
}

// A line in another encoding cannot be a string: it matches no user, and the other lines still apply.
function decode(line: Uint8Array, decoder: InstanceType<typeof TextDecoder>): string | undefined {
  try {
    return decoder.decode(line)
  } catch {
    return undefined
  }
}

function match(line: string, query: PasswordFileQuery): string | undefined {
  let at: number | undefined = 0
  for (const token of [query.host, query.port, query.database, query.user]) {
    at = skipField(line, at, token)
    if (at === undefined) return undefined
  }
  return unescapePassword(line.slice(at))
}

// The password ends at an unescaped colon; a backslash escapes the next character, and is literal at the end of the line.
function unescapePassword(rest: string): string {
  let password = ""
  for (let at = 0; at < rest.length && rest[at] !== ":"; at++) {
    if (rest[at] === "\\" && at + 1 < rest.length) at++
    password += rest[at]
  }
  return password
}

/**
 * The start of the next field if this one is `*` or equals `token`. The token is compared along the line rather than with a field split at
 * colons: an unescaped colon matches a colon of the token, so `::1` works with and without backslashes.
 */
function skipField(line: string, start: number, token: string): number | undefined {
  if (line.startsWith("*:", start)) return start + 2
  let at = start
  for (let matched = 0; at < line.length; matched++, at++) {
    if (line[at] === ":" && matched === token.length) return at + 1
    if (line[at] === "\\") at++
    if (matched === token.length || line[at] !== token[matched]) return undefined
  }
  return undefined
}
