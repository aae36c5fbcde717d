import { createSecureContext, type SecureContext } from "node:tls"
import { place } from "../classify.ts"
import { type ConnectionPlace, DatabaseConnectionError } from "../errors.ts"
import { isSecret, type Secret } from "../secret.ts"
import type { TlsSettings } from "../target.ts"

/**
 * Certificates, keys and versions as OpenSSL takes them. Made before anything is opened: what OpenSSL refuses here can never work.
 *
 * @throws DatabaseConnectionError PGSD_INVALID_TARGET, phase `tls`
 */
export function tlsContext(settings: TlsSettings, at: ConnectionPlace): SecureContext {
  try {
    return createSecureContext({
      // Never undefined where the chain is verified: Node would take its own list of public authorities.
      ca: settings.ca === undefined ? [] : [...settings.ca],
      crl: settings.crl === undefined ? undefined : [...settings.crl],
      cert: settings.cert,
      key: revealed(settings.key),
      passphrase: revealed(settings.passphrase),
      minVersion: settings.minVersion ?? "TLSv1.2",
      maxVersion: settings.maxVersion,
    })
  } catch (cause) {
    const text = cause instanceof Error ? cause.message : "unknown error"
    const hint = "check tls.ca, tls.crl, tls.cert, tls.key and tls.passphrase: PEM texts that belong together"
    throw new DatabaseConnectionError("PGSD_INVALID_TARGET", `${place(at)}: TLS cannot be set up: ${text} (${hint})`, {
      ...at,
      phase: "tls",
      hint,
      cause,
    })
  }
}

function revealed(value: string | Secret | undefined): string | undefined {
  return isSecret(value) ? value.reveal() : value
}
