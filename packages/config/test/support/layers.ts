import fc from "fast-check"
import { PARAMETERS, type ParameterDescriptor } from "../../src/index.ts"
import type { SandboxFile } from "./sandbox.ts"

/** Everything that determines libpq's values: a string, variables, service files, a password file. */
interface LayeredRequest {
  readonly text: string
  readonly env: Readonly<Record<string, string>>
  readonly files: Readonly<Record<string, SandboxFile>>
}

/** Refused here by decision, or a file that libpq opens only once a server has answered. */
const LEFT_OUT = [
  "requirepeer",
  "replication",
  "scram_client_key",
  "scram_server_key",
  "sslkeylogfile",
  "min_protocol_version",
  "gssencmode",
]

const known = PARAMETERS.filter(({ name, since }) => since === undefined && !LEFT_OUT.includes(name))

const word = fc.constantFrom("a", "db", "u", "x y", "it's", "ü数", "back\\slash", "", "a=b", "p:q", "'", " lead")
const OF_KEY: Readonly<Record<string, fc.Arbitrary<string>>> = {
  service: fc.constantFrom("one", "two", "none", "one"),
  // Only numeric addresses and sockets: the machine's resolver must not matter.
  host: fc.constantFrom("h", "127.0.0.1", "/tmp", "/nowhere", "", "h,i", "::1"),
  hostaddr: fc.constantFrom("127.0.0.1", "127.0.0.1", "127.0.0.1,127.0.0.2", "127.1"),
  port: fc.constantFrom("1", "1", "01", " 1 ", "", "1,2", "+1", "70000", "0", "x"),
  require_auth: fc
    .array(fc.constantFrom("password", "md5", "scram-sha-256", "none", "!md5", "!none", "bad"), { minLength: 1, maxLength: 2 })
    .map((parts) => parts.join(",")),
  sslrootcert: fc.constantFrom("system", ""),
  sslcertmode: fc.constantFrom("disable", "allow", "", "DISABLE"),
  connect_timeout: fc.constantFrom("3", "0", "-1", " 4 "),
}

function valuesFor({ name, kind, values }: ParameterDescriptor): fc.Arbitrary<string> {
  const own = OF_KEY[name]
  if (own !== undefined) return own
  if (values !== undefined)
    return fc.oneof(
      { weight: 12, arbitrary: fc.constantFrom(...values) },
      { weight: 1, arbitrary: fc.constantFrom("", "nonsense", values[0]!.toUpperCase()) },
    )
  if (kind === "integer") return fc.constantFrom("1", "0", " 2", "+3")
  return kind === "flag" ? fc.constantFrom("0", "1") : word
}

const setting = fc.constantFrom(...known).chain((descriptor) => valuesFor(descriptor).map((value) => [descriptor, value] as const))
const quoted = (value: string) => `'${value.replaceAll(/[\\']/g, "\\$&")}'`

const text = fc.tuple(fc.array(setting, { maxLength: 5 }), fc.boolean()).map(([settings, asUri]) => {
  // Without an address or a folder libpq would resolve the name.
  const all = [["hostaddr", "127.0.0.1"], ["port", "1"], ...settings.map(([{ name }, value]) => [name, value])] as [string, string][]
  if (asUri) return `postgresql://?${all.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join("&")}`
  return all.map(([name, value]) => `${name}=${quoted(value)}`).join(" ")
})

const environment = fc
  .tuple(
    fc.array(setting, { maxLength: 5 }),
    fc.option(fc.constantFrom("1", "0", ""), { nil: undefined, freq: 6 }),
    fc.option(fc.constantFrom("{DIR}/own.conf", "{DIR}/missing.conf"), { nil: undefined, freq: 6 }),
  )
  .map(([settings, requireSsl, serviceFile]) => ({
    ...Object.fromEntries(settings.filter(([{ env }]) => env !== undefined).map(([{ env }, value]) => [env!, value])),
    ...(requireSsl === undefined ? {} : { PGREQUIRESSL: requireSsl }),
    ...(serviceFile === undefined ? {} : { PGSERVICEFILE: serviceFile }),
  }))

const serviceLine = fc.oneof(
  { weight: 12, arbitrary: setting.filter(([{ name }]) => name !== "service").map(([{ name }, value]) => `${name}=${value}`) },
  { weight: 6, arbitrary: fc.constantFrom("[one]", "[two]", "[one] ", "  [other]") },
  { weight: 3, arbitrary: fc.constantFrom("# comment", "  # comment", "", "   ", " user=trimmed \t", "dbname= kept blank") },
  {
    weight: 1,
    arbitrary: fc.constantFrom("user = x", "service=two", "nonsense", "requiressl=1", "[one", "=x", "User=x", `user=${"x".repeat(1020)}`),
  },
)
const serviceFile = fc
  .tuple(fc.array(serviceLine, { maxLength: 6 }), fc.constantFrom("\n", "\r\n"), fc.boolean())
  .map(([lines, end, closed]) => ({ content: ["[one]", ...lines].join(end) + (closed ? end : "") }))

const field = (...values: readonly string[]) => fc.constantFrom("*", ...values)
const passwordLine = fc.oneof(
  {
    weight: 12,
    arbitrary: fc
      .tuple(
        field("h", "localhost", "127.0.0.1", "/nowhere", "::1", "\\:\\:1", "\\h"),
        field("1", "5432", "01"),
        field("db", "u", "a"),
        field("u", "a", "x y", "p:q", "p\\:q", "back\\\\slash"),
        fc.constantFrom("pw", "p\\:w", "p:w", "", "\\\\", "ü", "end\\", " pw "),
      )
      .map((fields) => fields.join(":")),
  },
  { weight: 1, arbitrary: fc.constantFrom("#*:*:*:*:comment", "", "h", "*:*:*:*", " *:*:*:*:x", "::::") },
)
const passwordFile = fc
  .tuple(fc.array(passwordLine, { maxLength: 4 }), fc.constantFrom("\n", "\r\n"), fc.constantFrom("0600", "0600", "0400", "0640"))
  .map(([lines, end, mode]) => ({ content: lines.join(end), mode }))

export const layeredRequest: fc.Arbitrary<LayeredRequest> = fc
  .record({
    text,
    env: environment,
    files: fc.record(
      { ".pg_service.conf": serviceFile, "own.conf": serviceFile, "system/pg_service.conf": serviceFile, ".pgpass": passwordFile },
      { requiredKeys: [] },
    ),
  })
  .map((request) => ({ ...request, env: { ...request.env, PGSYSCONFDIR: "{DIR}/system" } }))
