import type { AuthRule, KeepAlive } from "@pgsd/driver"
import { nearestName } from "@pgsd/driver"
import { valueHint } from "../parameters/dialects.ts"
import { findParameter, type ParameterName } from "../parameters/table.ts"
import { echoValue, quoting } from "../parse/echo.ts"
import type { Findings } from "./findings.ts"
import { parseInteger } from "./integers.ts"
import { parseRequireAuth } from "./require-auth.ts"
import { nonEmpty, type Settings } from "./settings.ts"

/** Parses values, and reports invalid ones with libpq's messages. */
export class Validator {
  readonly #settings: Settings
  readonly #findings: Findings

  constructor(settings: Settings, findings: Findings) {
    this.#settings = settings
    this.#findings = findings
  }

  /** A value from the parameter's list, in exactly that spelling; its default if unset. */
  choice<T extends string>(key: ParameterName): T | undefined {
    const setting = this.#settings.get(key)
    const values = findParameter(key)!.values!
    if (setting === undefined || values.includes(setting.value)) return setting?.value as T | undefined
    const near = values.find((each) => each === setting.value.toLowerCase()) ?? nearestName(setting.value, values)
    const hint = valueHint(key, setting.value) ?? (near === undefined ? `one of ${values.join(", ")}` : `did you mean "${near}"?`)
    this.invalid(key, quoting(`invalid ${key} value:`, echoValue(setting.value)), hint)
    return undefined
  }

  /** A TLS version: empty means none, case-insensitive. */
  tlsVersion<T extends string>(key: "ssl_min_protocol_version" | "ssl_max_protocol_version"): T | undefined {
    const value = nonEmpty(this.#settings, key)
    if (value === undefined) return undefined
    const values = findParameter(key)!.values!
    const version = values.find((each) => each.toLowerCase() === value.toLowerCase())
    if (version === undefined) this.invalid(key, quoting(`invalid "${key}" value:`, echoValue(value)), `one of ${values.join(", ")}`)
    return version as T | undefined
  }

  /** An integer; undefined if the parameter is unset. */
  integer(key: ParameterName): number | undefined {
    const value = this.#settings.get(key)?.value
    if (value === undefined) return undefined
    const number = parseInteger(value)
    if (number === undefined) this.invalid(key, `invalid integer value${quotedOrNothing(value)} for connection option "${key}"`)
    return number
  }

  requireAuth(): AuthRule | undefined {
    const value = nonEmpty(this.#settings, "require_auth")
    const rule = value === undefined ? undefined : parseRequireAuth(value)
    if (rule === undefined || !("problem" in rule)) return rule
    this.invalid(
      "require_auth",
      rule.problem,
      "a list of password, md5, scram-sha-256, gss, sspi, oauth, none, or the same names each prefixed with !",
    )
    return undefined
  }

  keepAlive(): KeepAlive {
    const enabled = this.integer("keepalives") !== 0
    const idle = this.integer("keepalives_idle")
    for (const key of ["keepalives_interval", "keepalives_count", "tcp_user_timeout"] as const) this.integer(key)
    return { enabled, idleMs: idle !== undefined && idle > 0 ? idle * 1000 : undefined }
  }

  invalid(key: ParameterName, message: string, hint?: string): void {
    this.#findings.issue("PGSD_CONFIG_INVALID_VALUE", message, { key, source: this.#settings.get(key)?.source, hint })
  }

  unsupported(key: ParameterName, message: string, hint?: string): void {
    this.#findings.issue("PGSD_CONFIG_UNSUPPORTED", message, { key, source: this.#settings.get(key)?.source, hint })
  }
}

function quotedOrNothing(value: string): string {
  const quoted = echoValue(value)
  return quoted === undefined ? "" : ` ${quoted}`
}
