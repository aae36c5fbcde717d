import { isWellFormed } from "@pgsd/driver"
import { ConfigError } from "../errors.ts"
import { isParameterName, PARAMETERS, type ParameterName, type Parameters } from "../parameters/table.ts"
import { refuseUnknown } from "../parameters/unknown-option.ts"
import { unknownKey } from "./unknown-key.ts"

export interface FormatOptions {
  /** `"uri"` (`postgresql://…`) or `"keywords"` (`host=… dbname=…`). @default "uri" */
  readonly as?: "uri" | "keywords" | undefined
  /**
   * How to handle passwords: `"refuse"` throws if there is one, `"omit"` leaves them out, `"include"` writes them.
   *
   * @default "refuse"
   */
  readonly secrets?: "refuse" | "omit" | "include" | undefined
}

const CHOICES: Readonly<Record<keyof FormatOptions, readonly string[]>> = {
  as: ["uri", "keywords"],
  secrets: ["refuse", "omit", "include"],
}

/**
 * Formats parameters as a connection string that {@link parseConnectionString} (and libpq) parses back to the same parameters.
 *
 * @throws ConfigError for an unknown parameter, and for a password unless `secrets` is given
 */
export function formatConnectionString(parameters: Parameters, options: FormatOptions = {}): string {
  refuseUnknown(options, Object.keys(CHOICES), "option of formatConnectionString")
  for (const [name, known] of Object.entries(CHOICES)) {
    const given = options[name as keyof FormatOptions]
    if (given !== undefined && !known.includes(given))
      throw new ConfigError([{ code: "PGSD_CONFIG_INVALID_VALUE", key: name, message: `${name} must be one of ${known.join(", ")}` }])
  }
  const { as = "uri", secrets = "refuse" } = options
  for (const key of Object.keys(parameters))
    if (!isParameterName(key)) throw new ConfigError([unknownKey("invalid connection option", key, "parameters to format", true)])
  const entries: [ParameterName, string][] = []
  for (const { name, secret } of PARAMETERS) {
    const value = parameters[name]
    if (value === undefined) continue
    const unwritable =
      typeof value !== "string"
        ? "is not a string"
        : value.includes("\0")
          ? "contains a zero byte"
          : isWellFormed(value)
            ? undefined
            : "contains an unpaired surrogate"
    if (unwritable !== undefined)
      throw new ConfigError([{ code: "PGSD_CONFIG_INVALID_VALUE", key: name, message: `the value of "${name}" ${unwritable}` }])
    if (secret && secrets === "refuse")
      throw new ConfigError([
        {
          code: "PGSD_CONFIG_INVALID_VALUE",
          key: name,
          message: `a connection string would show the ${name}`,
          hint: 'pass { secrets: "omit" } to leave it out or { secrets: "include" } to write it',
        },
      ])
    if (!(secret && secrets === "omit")) entries.push([name, value])
  }
  return as === "uri" ? formatUri(new Map(entries)) : entries.map(([key, value]) => `${key}=${quote(value)}`).join(" ")
}

function formatUri(values: Map<ParameterName, string>): string {
  // Authority and path are for common values. An empty value, a list or a socket can only be a query parameter.
  const take = (key: ParameterName): string => {
    const value = values.get(key)
    if (value === undefined || value === "" || ((key === "host" || key === "port") && value.includes(","))) return ""
    values.delete(key)
    return encode(value)
  }
  let user = take("user")
  const password = take("password")
  if (password !== "") user += `:${password}`
  const isAddress = /^[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*$/.test(values.get("host") ?? "")
  const host = isAddress ? `[${values.get("host")}]` : take("host")
  if (isAddress) values.delete("host")
  const port = take("port")
  const database = take("dbname")
  const query = [...values].map(([key, value]) => `${key}=${encode(value)}`).join("&")
  const authority = `${user === "" ? "" : `${user}@`}${host}${port === "" ? "" : `:${port}`}`
  return `postgresql://${authority}${database === "" ? "" : `/${database}`}${query === "" ? "" : `?${query}`}`
}

function encode(value: string): string {
  return encodeURIComponent(value).replaceAll(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)
}

function quote(value: string): string {
  return /^[^\s'\\]+$/.test(value) ? value : `'${value.replaceAll(/[\\']/g, "\\$&")}'`
}
