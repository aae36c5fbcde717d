/** Other tools' strings and common mistakes, recognised by their beginning; no hint contains more than a scheme. */
const HINTS: readonly (readonly [pattern: RegExp, hint: string | ((match: RegExpExecArray) => string)])[] = [
  [
    /^\s*["'`\u2018-\u201f<(]\s*(jdbc:)?postgres/i,
    "quotes are part of the string: an .env file or a script kept them; write the URL without anything around it",
  ],
  [/^\s+postgres(ql)?:/i, "white space precedes the URL: remove it"],
  [
    /^\s*jdbc:/i,
    'that is a JDBC URL: remove "jdbc:" and write user and password before the host (postgresql://user:password@host/database)',
  ],
  [/^prisma\+postgres:/i, "that is the URL of Prisma's proxy, which speaks another protocol: use the URL of the database itself"],
  [
    /^postgres(?:ql)?\+([a-z0-9_]+):/i,
    ([, driver]) => `that is a URL for SQLAlchemy, whose scheme names a driver: remove "+${driver}" (postgresql://…)`,
  ],
  [/^postgres(ql)?:\/\//i, "the scheme must be written in lower case: postgresql://"],
  [/^postgres(ql)?:/i, "two slashes follow the scheme: postgresql://user@host/database"],
  [/^(export\s+)?[A-Z_][A-Z0-9_]*\s*=\s*["']?postgres/i, "the variable's name is part of the string: begin after the ="],
  [/^(psql|pg_dump)\s/, "the command is part of the string: begin with the URL, or with a keyword (host=…)"],
  [/^\$[{(]?\w|^%\w+%$|^\{\{/, "the string contains a variable that was not substituted"],
  [/^(undefined|null|NaN|\[object Object\])$/, "an unset value was converted to a string: is the variable set?"],
  [
    /(^|;)\s*(server|host|data source|user ?id|username|uid|pwd|initial catalog|database)\s*=[^;]*;/i,
    "that is a string for ADO.NET (Npgsql): write a URI, or keywords separated by spaces (host=… dbname=… user=…)",
  ],
  [
    /^(mysql|mariadb|mongodb|redis|rediss|mssql|sqlserver|sqlite|oracle|https?|ftp|file|tcp|amqp)(\+\w+)*:/i,
    ([, scheme]) => `a URL for PostgreSQL begins with postgresql://, not with ${scheme!.toLowerCase()}:`,
  ],
  [/^[\w.-]+:\d+(\/|$)/, "write postgresql:// before host and port"],
]

const UNENCODED =
  "is there a password or token with / ? # @ : or % in it? It must be percent-encoded: encodeURIComponent(password), or PGPASSWORD and no password here"

/** How to convert another tool's string, or a common mistake, to a connection string; undefined for any other. */
export function foreignHint(text: string): string | undefined {
  if (/^postgres(ql)?:\/\//.test(text)) return text.lastIndexOf("@") > text.search(/[?#]|$/) ? UNENCODED : undefined
  for (const [pattern, hint] of HINTS) {
    const match = pattern.exec(text)
    if (match !== null) return typeof hint === "string" ? hint : hint(match)
  }
  return undefined
}

/** A single word is the name of a database, as with `psql -d`. */
export function isDatabaseName(text: string): boolean {
  return /^[\p{L}_][\p{L}\p{N}_$-]*$/u.test(text) && foreignHint(text) === undefined
}
