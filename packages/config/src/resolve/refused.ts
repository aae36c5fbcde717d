import type { Host } from "@pgsd/driver"
import { PARAMETERS } from "../parameters/table.ts"
import type { Findings } from "./findings.ts"
import { nonEmpty, type Settings } from "./settings.ts"
import type { Validator } from "./validate.ts"

// The newest is 3.2; 3.1 never existed.
const PROTOCOL_RANK: Readonly<Record<string, number>> = { "3.0": 0, "3.2": 2, latest: 2 }

/** A setting that Node or this package cannot honour is an error rather than ignored. */
export function checkRefused(settings: Settings, hosts: readonly Host[], validator: Validator): void {
  if (validator.choice("sslcertmode") === "require")
    validator.unsupported(
      "sslcertmode",
      "sslcertmode=require is not supported",
      "Node does not report whether the server requested the certificate; use sslcertmode=allow",
    )
  if (validator.choice("gssencmode") === "require")
    validator.unsupported(
      "gssencmode",
      'gssencmode value "require" invalid when GSSAPI support is not compiled in',
      "GSSAPI is not supported; use sslmode",
    )
  const minimum = validator.choice("min_protocol_version")
  const maximum = validator.choice("max_protocol_version")
  if (minimum !== undefined && maximum !== undefined && PROTOCOL_RANK[minimum]! > PROTOCOL_RANK[maximum]!)
    validator.invalid("min_protocol_version", '"min_protocol_version" is greater than "max_protocol_version"')
  else if (minimum !== undefined && minimum !== "3.0")
    validator.unsupported(
      "min_protocol_version",
      `min_protocol_version=${minimum} is not supported`,
      "which version is used depends on driver and server; max_protocol_version limits it",
    )
  for (const key of ["scram_client_key", "scram_server_key"] as const) checkScramKey(key, settings, validator)
  if (nonEmpty(settings, "requirepeer") !== undefined && hosts.some((host) => host.kind === "unix"))
    validator.unsupported(
      "requirepeer",
      "requirepeer is not supported on Unix sockets",
      "Node cannot determine the peer's owner; protect the folder of the socket",
    )
  const replication = nonEmpty(settings, "replication")
  if (replication !== undefined && !["0", "off", "false", "no"].includes(replication.toLowerCase()))
    validator.unsupported("replication", "replication connections are not supported")
  if (nonEmpty(settings, "sslkeylogfile") !== undefined)
    validator.unsupported("sslkeylogfile", "sslkeylogfile is not supported", "to debug TLS, start the program with node --tls-keylog=FILE")
}

function checkScramKey(key: "scram_client_key" | "scram_server_key", settings: Settings, validator: Validator): void {
  const value = settings.get(key)?.value
  if (value === undefined) return
  const name = key === "scram_client_key" ? "client" : "server"
  const bytes = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(value) ? Buffer.from(value, "base64").length : -1
  if (bytes === -1) validator.invalid(key, `invalid SCRAM ${name} key`)
  else if (bytes !== 32) validator.invalid(key, `invalid SCRAM ${name} key length: ${bytes}`)
  else validator.unsupported(key, `${key} is not supported`, "it is for foreign-data wrappers; use a password")
}

/** Warns of accepted parameters without effect, so that no program relies on one. */
export function warnAboutNoEffect(settings: Settings, findings: Findings): void {
  for (const { name, effect, meaning, default: standard } of PARAMETERS) {
    const setting = settings.get(name)
    if (
      effect !== "no effect" ||
      setting === undefined ||
      setting.layer === "default" ||
      setting.value === "" ||
      setting.value === standard
    )
      continue
    if (name === "client_encoding" && ["utf8", "utf-8", "unicode", "auto"].includes(setting.value.toLowerCase())) continue
    findings.warn("NO_EFFECT", `${name} has no effect (${setting.source}): ${meaning}`)
  }
  const encryption = settings.get("gssencmode")
  if (encryption?.value === "prefer" && encryption.layer !== "default")
    findings.warn("NO_EFFECT", `gssencmode has no effect (${encryption.source}): GSSAPI is not supported`)
}
