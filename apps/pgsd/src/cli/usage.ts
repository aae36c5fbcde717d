/** The exit codes, for --help. */
export const EXIT_CODES_HELP = `
Exit codes, as diff(1):
  0  no differences; no check failed
  1  differences; a check failed
  2  no answer: wrong usage, not reachable, refused
  130, 143  interrupted (SIGINT, SIGTERM)`

export const ENVIRONMENT_HELP = `
Where the databases come from, the strongest first:
  --source, --target
  PGSD_SOURCE_URL, PGSD_TARGET_URL, PGSD_SOURCE_PASSWORD, … (each also as …_FILE)
  pgsd.config.{json,js,mjs,cjs,ts,mts}: { "databases": { "source": …, "target": … } }
  what a connection leaves open: PGHOST, PGUSER, PGPASSWORD, ~/.pgpass, …, as for psql`

/** The command-line library's usage error, prefixed with the program's name and without passwords. */
export function errorOf(text: string): string {
  const said = withoutPasswords(text.replace(/^error:/, "pgsd:"))
  return said.includes("too many arguments") ? `${said}(--source and --target name the databases)\n` : said
}

const PASSWORDS = /(:\/\/[^/?#\s'"]*?:)[^\s'"]*(?=@)|(\b(?:password|sslpassword)\s*=\s*)(?:'[^']*'?|[^\s&'"]+)/gi

/** The command-line library echoes an argument in the wrong place, which may be a connection string. */
export function withoutPasswords(text: string): string {
  return text.replaceAll(PASSWORDS, (_, uri?: string, keyword?: string) => `${uri ?? keyword}[secret]`)
}
