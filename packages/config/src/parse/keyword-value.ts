import type { ConnectionWarning } from "@pgsd/driver"
import { ConfigError, type ConfigIssue } from "../errors.ts"
import { findParameter, isParameterName, type ParameterName } from "../parameters/table.ts"
import { echoKey, isHarmlessUri } from "./echo.ts"
import { canonical, type Parsed } from "./result.ts"
import { isRecognizable, unknownKey } from "./unknown-key.ts"

const BLANKS = " \t\n\v\f\r"

/**
 * Parses a keyword/value string (`host=h user='my user'`) like libpq (fe-connect.c, conninfo_parse): spaces around `=` are skipped, a
 * backslash escapes the next character everywhere, a closing quote need not be followed by a space.
 */
export function parseKeywordValue(text: string): Parsed {
  return new KeywordValueParser(text).parse()
}

class KeywordValueParser {
  readonly #text: string
  readonly #values: Partial<Record<ParameterName, string>> = {}
  readonly #warnings: ConnectionWarning[] = []
  #accident: ConfigIssue | undefined
  /** A secret precedes: what follows may be the rest of it, after a space or a quote. */
  #afterSecret = false
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  parse(): Parsed {
    for (this.#skipBlanks(); this.#at < this.#text.length; this.#skipBlanks()) {
      const start = this.#at
      const key = this.#key()
      if (this.#text[this.#at] !== "=") throw this.#missingSeparator(key, start)
      this.#at++
      const blank = BLANKS.includes(this.#text[this.#at] ?? "=")
      this.#skipBlanks()
      const value = this.#text[this.#at] === "'" ? this.#quotedValue() : this.#plainValue()
      this.#store(key, value, start, blank)
    }
    return { values: this.#values, warnings: this.#warnings, accident: this.#accident, portFromAuthority: false }
  }

  #key(): string {
    const start = this.#at
    while (this.#at < this.#text.length && this.#text[this.#at] !== "=" && !this.#atBlank()) this.#at++
    const key = this.#text.slice(start, this.#at)
    this.#skipBlanks()
    return key
  }

  #plainValue(): string {
    let value = ""
    while (this.#at < this.#text.length && !this.#atBlank()) {
      if (this.#text[this.#at] === "\\") this.#at++
      value += this.#text[this.#at] ?? ""
      this.#at++
    }
    return value
  }

  #quotedValue(): string {
    const start = this.#at++
    let value = ""
    while (this.#text[this.#at] !== "'") {
      if (this.#text[this.#at] === "\\") this.#at++
      if (this.#at >= this.#text.length)
        throw this.#error("unterminated quoted string in connection info string", start, "write ' as \\' and \\ as \\\\ inside quotes")
      value += this.#text[this.#at]
      this.#at++
    }
    this.#at++
    return value
  }

  #store(givenKey: string, givenValue: string, at: number, afterBlank: boolean): void {
    const [key, value] = canonical(givenKey, givenValue)
    if (!isParameterName(key)) throw new ConfigError([unknownKey("invalid connection option", key, place(at), this.#afterSecret)])
    this.#values[key] = value
    if (findParameter(key)!.secret) this.#afterSecret = true
    if (afterBlank) this.#lookForSwallowed(key, value)
  }

  // `host= user=jack` sets host to `user=jack`: typically an empty shell variable.
  #lookForSwallowed(key: ParameterName, value: string): void {
    const swallowed = /^([a-z_]+)=/.exec(value)?.[1]
    const parameter = swallowed === undefined ? undefined : findParameter(swallowed)
    if (parameter === undefined) return
    const message = `the value of "${key}" begins with "${parameter.name}=": spaces after "=" are skipped, so an empty value must be written as ''`
    this.#warnings.push({ code: "SWALLOWED_PARAMETER", message })
    if (parameter.secret && !findParameter(key)!.secret)
      this.#accident = {
        code: "PGSD_CONFIG_SYNTAX",
        message: `the value of "${key}" is another parameter`,
        key,
        source: "connection string",
        hint: `an empty value must be written as ''`,
      }
  }

  #missingSeparator(key: string, at: number): ConfigError {
    // A single word may be a password, or a URI with a misspelt scheme.
    const lone = !this.#text.includes("=")
    const shown = isRecognizable(key) || !(this.#afterSecret || (lone && !isHarmlessUri(key))) ? echoKey(key) : undefined
    const message = shown === undefined ? 'missing "=" in connection info string' : `missing "=" after ${shown} in connection info string`
    return this.#error(message, at, lone ? "write a URI (postgresql://user@host/database) or keywords (host=… dbname=…)" : undefined)
  }

  #atBlank(): boolean {
    return BLANKS.includes(this.#text[this.#at]!)
  }

  #skipBlanks(): void {
    while (this.#at < this.#text.length && this.#atBlank()) this.#at++
  }

  #error(message: string, at: number, hint: string | undefined): ConfigError {
    return new ConfigError([{ code: "PGSD_CONFIG_SYNTAX", message, source: place(at), hint }])
  }
}

function place(at: number): string {
  return `connection string, character ${at + 1}`
}
