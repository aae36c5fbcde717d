import type { ConnectionWarning } from "@pgsd/driver"
import { ConfigError, type ConfigIssue } from "../errors.ts"
import { isParameterName, type ParameterName } from "../parameters/table.ts"
import { echoKey, echoValue, quoting } from "./echo.ts"
import { percentDecode } from "./percent.ts"
import { NOT_UTF8, PERCENT_TEXT, type PercentText } from "./percent-text.ts"
import { canonical, type Parsed } from "./result.ts"
import { unknownKey } from "./unknown-key.ts"

const SCHEMES = ["postgresql://", "postgres://"]

/** Whether libpq reads the text as a URI: it starts with a scheme in lower case. */
export function isUri(text: string): boolean {
  return SCHEMES.some((scheme) => text.startsWith(scheme))
}

/**
 * Parses a connection URI in the order and by the rules of libpq (fe-connect.c, conninfo_uri_parse_options): the first `@` before any `/`
 * ends the user part, its first `:` starts the password, hosts and ports are lists, the last of a repeated parameter wins.
 */
export function parseUri(uri: string): Parsed {
  return new UriParser(uri).parse()
}

class UriParser {
  readonly #uri: string
  readonly #values: Partial<Record<ParameterName, string>> = {}
  readonly #warnings: ConnectionWarning[] = []
  #accident: ConfigIssue | undefined
  /** An `@` other than the one after the user part: the password may contain one, and its fragments may be anywhere. */
  #stray = false

  #portFromAuthority = false
  /** Parameters with invalid UTF-8: an error at the end, unless a later value replaces them. */
  readonly #lossy = new Map<string, ConfigError>()

  constructor(uri: string) {
    this.#uri = uri
  }

  parse(): Parsed {
    const uri = this.#uri
    const start = SCHEMES.find((scheme) => uri.startsWith(scheme))!.length
    const hostsStart = this.#userInfo(start)
    this.#stray = uri.includes("@", hostsStart)
    const { hosts, ports, end } = this.#authority(hostsStart)
    this.#portFromAuthority = ports !== ""
    this.#storeDecoded("host", hosts, "host", hostsStart)
    this.#storeDecoded("port", ports, "port", hostsStart)
    const queryStart = uri.indexOf("?", end)
    const pathEnd = queryStart === -1 ? uri.length : queryStart
    if (uri[end] === "/") this.#storeDecoded("dbname", uri.slice(end + 1, pathEnd), "database name", end + 1)
    if (queryStart !== -1) this.#query(queryStart + 1)
    for (const error of this.#lossy.values()) throw error
    this.#lookForAccidents(uri.slice(start, end), hosts, uri.slice(end, pathEnd))
    return {
      values: this.#values,
      warnings: this.#warnings,
      accident: this.#accident,
      portFromAuthority: this.#portFromAuthority,
    }
  }

  #userInfo(start: number): number {
    const end = this.#find(start, "@/")
    if (this.#uri[end] !== "@") return start
    const colon = this.#find(start, ":@")
    this.#storeDecoded("user", this.#uri.slice(start, colon), "user name", start)
    if (colon < end) this.#storeDecoded("password", this.#uri.slice(colon + 1, end), "password", colon + 1)
    return end + 1
  }

  #authority(start: number): { hosts: string; ports: string; end: number } {
    let hosts = ""
    let ports = ""
    let at = start
    for (;;) {
      let end: number
      if (this.#uri[at] === "[") {
        const close = this.#closingBracket(at)
        hosts += this.#uri.slice(at + 1, close)
        end = close + 1
      } else {
        end = this.#find(at, ":/?,")
        hosts += this.#uri.slice(at, end)
      }
      if (this.#uri[end] === ":") {
        const portEnd = this.#find(end + 1, "/?,")
        ports += this.#uri.slice(end + 1, portEnd)
        end = portEnd
      }
      if (this.#uri[end] !== ",") return { hosts, ports, end }
      hosts += ","
      ports += ","
      at = end + 1
    }
  }

  #closingBracket(open: number): number {
    const close = this.#uri.indexOf("]", open)
    if (close === -1)
      throw this.#error(
        quoting('end of string reached when looking for matching "]" in IPv6 host address in URI:', this.#harmlessUri()),
        open,
      )
    if (close === open + 1) throw this.#error(quoting("IPv6 host address may not be empty in URI:", this.#harmlessUri()), open)
    const next = this.#uri[close + 1]
    if (next !== undefined && !":/?,".includes(next)) {
      const shown = this.#stray ? undefined : echoValue(next)
      const text = `unexpected character${shown === undefined ? "" : ` ${shown}`} at position ${close + 2} in URI (expected ":" or "/"):`
      throw this.#error(quoting(text, this.#harmlessUri()), close + 1, "an IPv6 address is written in brackets, a port after them")
    }
    return close
  }

  #query(start: number): void {
    let at = start
    while (at < this.#uri.length) {
      const end = this.#find(at, "&")
      const separator = this.#find(at, "=&")
      const rawKey = this.#uri.slice(at, Math.min(separator, end))
      if (separator >= end)
        throw this.#error(
          this.#quotingKey('missing key/value separator "=" in URI query parameter:', rawKey),
          at,
          this.#stray ? ENCODE_PASSWORD : undefined,
        )
      if (this.#find(separator + 1, "=") < end)
        throw this.#error(
          this.#quotingKey('extra key/value separator "=" in URI query parameter:', rawKey),
          at,
          this.#stray ? ENCODE_PASSWORD : "write = as %3D inside a value",
        )
      const key = this.#decode(rawKey, "name of a query parameter", at).text
      const part = `value of ${keyInWords(key)}`
      const rawValue = this.#uri.slice(separator + 1, end)
      const { text, lossy } = this.#decode(rawValue, part, separator + 1)
      const stored = this.#storeParameter(key, text, at)
      if (lossy && stored.value === text) this.#lossy.set(stored.key, this.#notUtf8(rawValue, part, separator + 1))
      at = end + 1
    }
  }

  #storeParameter(givenKey: string, givenValue: string, at: number): { key: ParameterName; value: string } {
    // JDBC's spelling, the only one libpq accepts, and only in a URI.
    const [key, value] = givenKey === "ssl" && givenValue === "true" ? (["sslmode", "require"] as const) : canonical(givenKey, givenValue)
    if (!isParameterName(key))
      throw new ConfigError([unknownKey("invalid URI query parameter:", key, place("name of a query parameter", at), this.#stray)])
    if (key === "port") this.#portFromAuthority = false
    this.#values[key] = value
    this.#lossy.delete(key)
    return { key, value }
  }

  #storeDecoded(key: ParameterName, raw: string, part: string, at: number): void {
    if (raw === "") return
    const { text, lossy } = this.#decode(raw, part, at)
    this.#values[key] = text
    if (lossy) this.#lossy.set(key, this.#notUtf8(raw, part, at))
  }

  #decode(raw: string, part: string, at: number): { text: string; lossy?: true } {
    const decoded = percentDecode(raw)
    if ("text" in decoded) return decoded
    throw this.#percentError(PERCENT_TEXT[decoded.problem], raw, part, at)
  }

  // libpq passes the bytes on; replacing them would change a password.
  #notUtf8(raw: string, part: string, at: number): ConfigError {
    return this.#percentError(NOT_UTF8, raw, part, at)
  }

  #percentError({ shown, hidden, hint }: PercentText, raw: string, part: string, at: number): ConfigError {
    const showable = part !== "password" && !this.#stray && /^[\w.%, -]{0,64}$/.test(raw)
    return this.#error(showable ? shown(`"${raw}"`) : hidden(`the ${part}`), at, hint, part)
  }

  // Accepted by libpq but hardly intended: unencoded special characters move parts of a password into the host or the database.
  #lookForAccidents(authority: string, hosts: string, path: string): void {
    if (hosts.includes("@")) {
      this.#warnings.push({ code: "HOST_CONTAINS_AT", message: HOST_CONTAINS_AT })
      // With hostaddr libpq would not resolve the name, and every display of the host would show part of the password.
      if (this.#values.host?.includes("@")) {
        this.#accident = {
          code: "PGSD_CONFIG_INVALID_VALUE",
          message: 'could not translate host name to address: it contains "@"',
          key: "host",
          source: "connection string, the host part of the URI",
          hint: HOST_CONTAINS_AT,
        }
        return
      }
    }
    if (path.includes("@") && authority.includes(":"))
      this.#accident = {
        code: "PGSD_CONFIG_SYNTAX",
        message: 'the database name contains "@"',
        key: "dbname",
        source: "connection string, the path of the URI",
        hint: 'a "/" in the password must be written %2F and an "@" %40; if the "@" belongs to the database name, write it %40',
      }
  }

  #quotingKey(before: string, key: string): string {
    return quoting(before, this.#stray ? undefined : echoKey(key))
  }

  // libpq quotes the whole URI; only one that cannot contain a password is quoted here.
  #harmlessUri(): string | undefined {
    return /[@?%]/.test(this.#uri) ? undefined : echoValue(this.#uri)
  }

  #find(from: number, stops: string): number {
    let at = from
    while (at < this.#uri.length && !stops.includes(this.#uri[at]!)) at++
    return at
  }

  #error(message: string, at: number, hint?: string, part = "URI"): ConfigError {
    return new ConfigError([{ code: "PGSD_CONFIG_SYNTAX", message, source: place(part, at), hint }])
  }
}

export const HOST_CONTAINS_AT = 'the host part contains "@"; if it belongs to the password write %40'

const ENCODE_PASSWORD = "in a password write @ as %40, / as %2F, ? as %3F, % as %25"

function place(part: string, at: number): string {
  return `connection string, ${part === "URI" ? "" : `the ${part}, `}character ${at + 1}`
}

function keyInWords(key: string): string {
  return isParameterName(key) ? `the query parameter "${key}"` : "a query parameter"
}
