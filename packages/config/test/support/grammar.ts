import fc from "fast-check"
import { PARAMETERS } from "../../src/index.ts"

/** Keywords of libpq 18; the two of 19 would be an intended difference. */
const KEYWORDS: readonly string[] = [...PARAMETERS.filter((each) => each.since === undefined).map((each) => each.name), "requiressl"]

const plain = fc.stringMatching(/^[a-z0-9_.~-]{1,8}$/)
const encoded = fc.constantFrom("%20", "%2F", "%40", "%3A", "%25", "%2C", "%3d", "%26", "%C3%BC", "%E6%95%B0", "%F0%9F%90%98", "%5b", "%27")
const odd = fc.constantFrom("+", "#", "ü", "数", "🐘", "'", "\\", "!", "*", "~", "|", '"', ".", ";", "\t")
const spoiling = fc.constantFrom("@", ":", "/", "?", "&", "=", "[", "]", ",", " ", "%", "%0", "%zz", "%00", "%ff", "%C3", "\n")

/** Text of a component: mostly harmless, sometimes with a character that ends it. */
const word = many(
  fc.oneof(
    { weight: 12, arbitrary: plain },
    { weight: 4, arbitrary: encoded },
    { weight: 2, arbitrary: odd },
    { weight: 1, arbitrary: spoiling },
  ),
  3,
)
const host = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom("localhost", "h", "db.example.com", "127.0.0.1", "") },
  { weight: 2, arbitrary: fc.constantFrom("[::1]", "[2001:db8::1]", "[fe80::1%25eth0]") },
  { weight: 2, arbitrary: fc.constantFrom("%2Ftmp", "%2Fvar%2Frun", "@x", "[", "[]", "[::1", "::1") },
  { weight: 3, arbitrary: word },
)
const port = fc.oneof({ weight: 5, arbitrary: fc.constantFrom("5432", "1", "65535") }, { weight: 1, arbitrary: word })
const hostPort = fc
  .tuple(host, fc.option(port, { nil: undefined }))
  .map(([name, number]) => (number === undefined ? name : `${name}:${number}`))
const hosts = fc.array(hostPort, { minLength: 1, maxLength: 3, size: "max" }).map((each) => each.join(","))
const keyword = fc.oneof(
  { weight: 14, arbitrary: fc.constantFrom(...KEYWORDS) },
  { weight: 1, arbitrary: fc.constantFrom("ssl", "database", "schema", "Host", "", "us%65r", "x") },
)
const parameter = fc.oneof(
  { weight: 9, arbitrary: fc.tuple(keyword, word).map((each) => each.join("=")) },
  { weight: 2, arbitrary: fc.constantFrom("ssl=true", "ssl=false", "sslmode=require", "requiressl=1", "user=", " user = x ", "host=/tmp") },
  { weight: 1, arbitrary: word },
)

const uri: fc.Arbitrary<string> = fc
  .tuple(
    fc.oneof(
      { weight: 20, arbitrary: fc.constantFrom("postgres://", "postgresql://") },
      { weight: 1, arbitrary: fc.constantFrom("Postgres://", " postgres://", "postgres:/", "postgresql:", "") },
    ),
    fc.option(fc.tuple(word, fc.option(word, { nil: undefined })), { nil: undefined, freq: 2 }),
    hosts,
    fc.option(word, { nil: undefined, freq: 3 }),
    fc.array(parameter, { maxLength: 3, size: "max" }),
    fc.constantFrom("", "", "", "", "?", "&", " "),
  )
  .map(([scheme, login, list, database, parameters, end]) => {
    const user = login === undefined ? "" : `${login[0]}${login[1] === undefined ? "" : `:${login[1]}`}@`
    return `${scheme}${user}${list}${database === undefined ? "" : `/${database}`}${parameters.length === 0 ? "" : `?${parameters.join("&")}`}${end}`
  })

const blank = fc.constantFrom("", "", "", " ", "  ", "\t", "\n", "\v", "\f", "\r")
const rawText = many(
  fc.oneof(
    { weight: 10, arbitrary: plain },
    { weight: 2, arbitrary: fc.constantFrom("\\", "\\\\", "\\'", "\\ ", "\\n", "=", "@", "/", ":", "ü", "🐘", "%20", "'", " ") },
  ),
  3,
)
const value = fc.oneof(
  { weight: 5, arbitrary: plain },
  { weight: 3, arbitrary: rawText },
  { weight: 4, arbitrary: rawText.map((text) => `'${text.replaceAll(/(?<!\\)'/g, "\\'")}'`) },
  { weight: 1, arbitrary: fc.constantFrom("''", "'", "", "'a'b", "\\") },
)
const pair = fc
  .tuple(keyword, blank, blank, value, fc.constantFrom(" ", " ", " ", "\t", "\n", ""))
  .map(([key, before, after, text, end]) => `${key}${before}=${after}${text}${end}`)

const keywordValue: fc.Arbitrary<string> = fc
  .tuple(blank, fc.array(fc.oneof({ weight: 14, arbitrary: pair }, { weight: 1, arbitrary: rawText }), { maxLength: 4, size: "max" }))
  .map(([before, pairs]) => before + pairs.join(""))

/** Half of each kind; now and then a character is removed, doubled or inserted. */
export const connectionString: fc.Arbitrary<string> = fc
  .tuple(
    fc.oneof(uri, keywordValue),
    fc.integer({ min: 0, max: 7 }),
    fc.nat(),
    fc.constantFrom("@", "'", "=", "%", " ", "[", "\\", "&", "x"),
  )
  .map(([text, kind, where, character]) => {
    const at = text.length === 0 ? 0 : where % text.length
    if (kind === 0) return text.slice(0, at) + text.slice(at + 1)
    return kind === 1 ? text.slice(0, at) + character + text.slice(at) : text
  })
  .map((text) => text.replaceAll(/\p{Surrogate}/gu, "?"))

function many(arbitrary: fc.Arbitrary<string>, maxLength: number): fc.Arbitrary<string> {
  return fc.array(arbitrary, { minLength: 0, maxLength, size: "max" }).map((parts) => parts.join(""))
}
