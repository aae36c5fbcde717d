import { ConfigError } from "../errors.ts"
import { PARAMETERS, type Parameters } from "../parameters/table.ts"
import { parseKeywordValue } from "./keyword-value.ts"
import type { Parsed } from "./result.ts"
import { isUri, parseUri } from "./uri.ts"

/** `util.inspect.custom`, without loading node:util for it. */
const INSPECT = Symbol.for("nodejs.util.inspect.custom")

/**
 * What libpq's PQconninfoParse makes of a URI (`postgresql://user@host/database`) or a keyword/value string
 * (`host=… dbname=…`): the parameters that the text sets, as strings, without defaults. Values are checked by
 * {@link resolveConnection}, as libpq checks them when it connects.
 *
 * The password is in the result as plain text, because the result is data; `inspect` and JSON hide it.
 *
 * @throws ConfigError PGSD_CONFIG_SYNTAX or PGSD_CONFIG_UNKNOWN_KEY, where libpq refuses the text
 */
export function parseConnectionString(text: string): Parameters {
  return hidingSecrets(parseWithNotes(text).values)
}

/** The parameters, and what looks like an accident. */
export function parseWithNotes(text: string): Parsed {
  if (typeof text !== "string") throw new TypeError("a connection string must be a string")
  // C strings end at a zero byte, and libpq is given UTF-8: neither can be passed on.
  const unusable = text.includes("\0") ? "a zero byte" : /\p{Surrogate}/u.test(text) ? "half of a surrogate pair" : undefined
  if (unusable !== undefined)
    throw new ConfigError([
      { code: "PGSD_CONFIG_SYNTAX", message: `the connection string contains ${unusable}`, source: "connection string" },
    ])
  return isUri(text) ? parseUri(text) : parseKeywordValue(text)
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
