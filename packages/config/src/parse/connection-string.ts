import { isWellFormed } from "@pgsd/driver"
import { ConfigError, type ConfigIssue } from "../errors.ts"
import { PARAMETERS, type Parameters } from "../parameters/table.ts"
import { foreignHint, isDatabaseName } from "./foreign.ts"
import { parseKeywordValue } from "./keyword-value.ts"
import type { Parsed } from "./result.ts"
import { isUri, parseUri } from "./uri.ts"

/** `util.inspect.custom`, without loading node:util for it. */
const INSPECT = Symbol.for("nodejs.util.inspect.custom")

/**
 * Parses a connection string, like libpq's PQconninfoParse: a URI (`postgresql://user@host/database`) or keyword/value pairs (`host=…
 * dbname=…`). Returns the parameters that it sets, as strings, without defaults. Values are checked by {@link resolveConnection}, as libpq
 * checks them when it connects.
 *
 * The result contains the password in plain text, because it is data; `inspect` and JSON hide it.
 *
 * @throws ConfigError PGSD_CONFIG_SYNTAX or PGSD_CONFIG_UNKNOWN_KEY, where libpq rejects the string
 */
export function parseConnectionString(text: string): Parameters {
  return hidingSecrets(parseWithNotes(text).values)
}

/** The parameters, and signs of likely mistakes. */
function parseWithNotes(text: string): Parsed {
  if (typeof text !== "string") throw new TypeError("a connection string must be a string")
  // C strings end at NUL, and libpq expects UTF-8: neither can be passed on.
  const unusable = text.includes("\0") ? "a zero byte" : isWellFormed(text) ? undefined : "an unpaired surrogate"
  if (unusable !== undefined)
    throw new ConfigError([
      { code: "PGSD_CONFIG_SYNTAX", message: `the connection string contains ${unusable}`, source: "connection string" },
    ])
  try {
    return isUri(text) ? withEndNoted(parseUri(text), text) : parseKeywordValue(text)
  } catch (error) {
    throw error instanceof ConfigError ? hinted(error, text) : error
  }
}

/** An argument like psql's `-d`: a connection string, or the bare name of a database. */
export function parseConnectionOrName(text: string): Parsed {
  return isDatabaseName(text)
    ? { values: { dbname: text }, warnings: [], accident: undefined, portFromAuthority: false }
    : parseWithNotes(text)
}

function hinted(error: ConfigError, text: string): ConfigError {
  const hint = foreignHint(text)
  if (hint === undefined) return error
  const [first, ...rest] = error.issues as readonly [ConfigIssue, ...ConfigIssue[]]
  // A URI's own hint concerns the position of the error; for an invalid keyword string there is a better one.
  return new ConfigError([{ ...first, hint: isUri(text) ? (first.hint ?? hint) : hint }, ...rest])
}

// libpq reads them as part of the last value.
function withEndNoted(parsed: Parsed, text: string): Parsed {
  if (!/[\n\r\t"'`;>\u2019\u201d]$/.test(text)) return parsed
  const message =
    'the connection string ends with a line break, a tab, a quote, a semicolon or ">", which libpq reads as part of the last value'
  return { ...parsed, warnings: [...parsed.warnings, { code: "END_OF_STRING", message }] }
}

/** The same values; `inspect` and JSON show `[secret]` for a password. */
function hidingSecrets(values: Parameters): Parameters {
  const redacted = () => redact(values)
  return Object.defineProperties(values, { toJSON: { value: redacted }, [INSPECT]: { value: redacted } })
}

/** A copy without the secrets. */
function redact(values: Parameters): Parameters {
  const secrets = PARAMETERS.filter((each) => each.secret && (values[each.name] ?? "") !== "")
  return { ...values, ...Object.fromEntries(secrets.map((each) => [each.name, "[secret]"])) }
}
