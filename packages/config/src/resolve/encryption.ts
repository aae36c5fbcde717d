import { type ConnectionTls, type Host, SSL_METHODS, type SslMode, type TlsVersion } from "@pgsd/driver"
import type { Io } from "../io.ts"
import type { Findings } from "./findings.ts"
import type { Environment } from "./home.ts"
import type { Settings } from "./settings.ts"
import type { Validator } from "./validate.ts"

interface EncryptionRequest {
  readonly settings: Settings
  readonly hosts: readonly Host[]
  readonly validator: Validator
  readonly keyPassphrase: (() => string | Promise<string>) | undefined
  readonly env: Environment
  readonly io: Io
  readonly findings: Findings
}

/** Resolves sslmode and related parameters, with libpq's checks; files are read only if a connection may need them. */
export async function resolveEncryption(request: EncryptionRequest): Promise<ConnectionTls> {
  const { settings, hosts, validator, findings } = request
  const mode = validator.choice<SslMode>("sslmode")
  const negotiation = validator.choice<"postgres" | "direct">("sslnegotiation") ?? "postgres"
  const minVersion = validator.tlsVersion<TlsVersion>("ssl_min_protocol_version")
  const maxVersion = validator.tlsVersion<TlsVersion>("ssl_max_protocol_version")
  if (minVersion !== undefined && maxVersion !== undefined && minVersion > maxVersion)
    validator.invalid("ssl_max_protocol_version", "invalid SSL protocol version range")
  if (mode !== undefined) checkStrength(mode, negotiation, settings, validator)
  const sni = settings.get("sslsni")?.value.startsWith("1") ?? true
  const base = { mode: mode ?? "prefer", negotiation, sni, minVersion, maxVersion }
  const overTcp = hosts.some((host) => host.kind === "tcp")
  // After other problems, file errors would only be noise.
  if (mode === undefined || mode === "disable" || !overTcp || findings.issues.length > 0)
    return { ...base, methods: SSL_METHODS[base.mode], verify: "none" }
  const { addMaterial } = await import("../tls/material.ts")
  return addMaterial(base, request)
}

function checkStrength(mode: SslMode, negotiation: "postgres" | "direct", settings: Settings, validator: Validator): void {
  const weak = mode === "disable" || mode === "allow" || mode === "prefer"
  if (negotiation === "direct" && weak)
    validator.invalid(
      "sslmode",
      `weak sslmode "${mode}" may not be used with sslnegotiation=direct (use "require", "verify-ca", or "verify-full")`,
    )
  if (settings.get("sslrootcert")?.value === "system" && mode !== "verify-full")
    validator.invalid("sslmode", `weak sslmode "${mode}" may not be used with sslrootcert=system (use "verify-full")`)
}
