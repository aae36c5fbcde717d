import { ConfigError, parseConnectionString } from "../../../src/index.ts"
import type { OracleAnswer } from "./oracle.ts"

/** libpq's errors, each with the form in which ours may omit the input. */
const ERRORS: readonly (readonly [RegExp, RegExp])[] = [
  [/^invalid percent-encoded token: /, /^invalid percent-encoded token in (the |a )/],
  [/^forbidden value %00 in percent-encoded value: /, /^forbidden value %00 in (the |a )/],
  [/^unexpected spaces found in ".*", use/s, /^unexpected spaces found in the .*, use percent-encoded spaces \(%20\) instead$/s],
  [/^end of string reached when looking for matching "]" in IPv6 host address in URI: /, /in URI$/],
  [/^IPv6 host address may not be empty in URI: /, /in URI$/],
  [
    /^unexpected character ".*" at position \d+ in URI \(expected ":" or "\/"\): /s,
    /^unexpected character(?: ".")? at position \d+ in URI \(expected ":" or "\/"\)$/,
  ],
  [/^extra key\/value separator "=" in URI query parameter: /, /in URI query parameter$/],
  [/^missing key\/value separator "=" in URI query parameter: /, /in URI query parameter$/],
  [/^invalid URI query parameter: /, /^invalid URI query parameter$/],
  [/^missing "=" after ".*" in connection info string$/s, /^missing "=" in connection info string$/],
  [/^unterminated quoted string in connection info string$/, /^$/],
  [/^invalid connection option "/, /^invalid connection option$/],
]

type Outcome = { readonly values: Readonly<Record<string, string>> } | { readonly error: string }

function ours(text: string): Outcome {
  try {
    return { values: { ...parseConnectionString(text) } }
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    return { error: error.message.split("\n")[0]! }
  }
}

type Comparison = "accepted" | "refused" | "not UTF-8" | { readonly difference: string }

/** "accepted" and "refused" where both agree; "not UTF-8" where JavaScript cannot represent what libpq accepts; otherwise a difference. */
export function compareParse(text: string, libpq: OracleAnswer): Comparison {
  const own = ours(text)
  const notUtf8 = "error" in own && own.error.startsWith("percent-encoded bytes that are not UTF-8")
  if (libpq.error === undefined) {
    const values = [...libpq.values!]
    if (notUtf8 && values.some(([, bytes]) => !Buffer.from(bytes.toString()).equals(bytes))) return "not UTF-8"
    const expected = Object.fromEntries(values.map(([key, bytes]) => [key, bytes.toString()]))
    const same = "values" in own && JSON.stringify(Object.entries(own.values).sort()) === JSON.stringify(Object.entries(expected).sort())
    return same ? "accepted" : { difference: `${JSON.stringify(text)}: libpq ${JSON.stringify(expected)}, here ${JSON.stringify(own)}` }
  }
  if (notUtf8) return "not UTF-8"
  const rule = ERRORS.find(([pattern]) => pattern.test(libpq.error!))
  const same = "error" in own && rule !== undefined && (own.error === libpq.error || rule[1].test(own.error))
  return same ? "refused" : { difference: `${JSON.stringify(text)}: libpq ${JSON.stringify(libpq.error)}, here ${JSON.stringify(own)}` }
}
