import { isSecret } from "../../secret.ts"
import type { TlsSettings } from "../../target.ts"
import { checkBoolean, checkKeys, checkOneOf, checkText, invalid } from "./check-shape.ts"

const KEYS = [
  "negotiation",
  "verify",
  "ca",
  "crl",
  "cert",
  "key",
  "passphrase",
  "sni",
  "minVersion",
  "maxVersion",
] as const satisfies readonly (keyof TlsSettings)[]
const VERSIONS = ["TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3"]

/** @param used the target requires TLS, so that missing settings are errors */
export function validateTls(tls: unknown, used: boolean): void {
  if (tls !== undefined) checkKeys("tls", tls, KEYS)
  const settings: TlsSettings = tls ?? {}
  checkOneOf("tls.negotiation", settings.negotiation, ["postgres", "direct"])
  checkOneOf("tls.verify", settings.verify, ["none", "ca", "full"])
  checkPemList("tls.ca", settings.ca)
  checkPemList("tls.crl", settings.crl)
  if (settings.cert !== undefined) checkText("tls.cert", settings.cert)
  checkHidden("tls.key", settings.key)
  checkHidden("tls.passphrase", settings.passphrase)
  checkBoolean("tls.sni", settings.sni)
  checkVersions(settings)
  if ((settings.cert === undefined) !== (settings.key === undefined)) throw invalid("tls.cert and tls.key belong together")
  if (used && settings.verify !== "none" && (settings.ca === undefined || settings.ca.length === 0))
    throw invalid("tls.ca is needed to verify the server's certificate", 'give the trusted roots as PEM, or verify: "none" to encrypt only')
}

function checkVersions({ minVersion, maxVersion }: TlsSettings): void {
  checkOneOf("tls.minVersion", minVersion, VERSIONS)
  checkOneOf("tls.maxVersion", maxVersion, VERSIONS)
  if (maxVersion !== undefined && VERSIONS.indexOf(maxVersion) < VERSIONS.indexOf(minVersion ?? "TLSv1.2"))
    throw invalid("tls.maxVersion is lower than tls.minVersion", 'minVersion is "TLSv1.2" unless given')
}

function checkPemList(name: string, list: unknown): void {
  if (list === undefined) return
  if (!Array.isArray(list)) throw invalid(`${name} must be an array of PEM strings`)
  for (const each of list) checkText(`each of ${name}`, each)
}

function checkHidden(name: string, value: unknown): void {
  if (value !== undefined && typeof value !== "string" && !isSecret(value)) throw invalid(`${name} must be a string or a secret`)
}
