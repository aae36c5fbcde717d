import { X509Certificate } from "node:crypto"
import { createSecureContext, type SecureContext } from "node:tls"
import { place } from "../../classify.ts"
import { type ConnectionPlace, DatabaseConnectionError } from "../../errors.ts"
import { isSecret, type Secret } from "../../secret.ts"
import type { TlsSettings } from "../../target.ts"

interface Kept {
  readonly material: readonly unknown[]
  readonly context: SecureContext
}

// A system's root list takes tens of ms to parse, on the event loop, for each connection of a pool: the last context made from each list
// is cached for as long as the list exists.
const kept = new WeakMap<readonly string[], Kept>()

/**
 * Creates the OpenSSL context from certificates, keys and versions. Called before anything is opened: what OpenSSL rejects can never work.
 *
 * @throws DatabaseConnectionError PGSD_INVALID_TARGET, phase `tls`
 */
export function tlsContext(settings: TlsSettings, at: ConnectionPlace): SecureContext {
  const { ca = [], crl = [], cert, key, passphrase, minVersion, maxVersion } = settings
  const material = [...ca, null, ...crl, null, cert, key, passphrase, minVersion, maxVersion]
  const known = kept.get(ca)
  if (known !== undefined && same(known.material, material)) return known.context
  const context = created(settings, at)
  kept.set(ca, { material, context })
  return context
}

function created(settings: TlsSettings, at: ConnectionPlace): SecureContext {
  try {
    // Node silently skips a root that it cannot parse.
    for (const root of settings.ca ?? []) new X509Certificate(root)
    return createSecureContext({
      // Never undefined, which would make Node use its built-in list of public CAs.
      ca: [...(settings.ca ?? [])],
      crl: settings.crl === undefined ? undefined : [...settings.crl],
      cert: settings.cert,
      key: revealed(settings.key),
      passphrase: revealed(settings.passphrase),
      minVersion: settings.minVersion ?? "TLSv1.2",
      maxVersion: settings.maxVersion,
    })
  } catch (cause) {
    const text = cause instanceof Error ? cause.message : "unknown error"
    const hint = "check tls.ca, tls.crl, tls.cert, tls.key and tls.passphrase: PEM strings that belong together"
    throw new DatabaseConnectionError("PGSD_INVALID_TARGET", `${place(at)}: TLS cannot be set up: ${text} (${hint})`, {
      ...at,
      phase: "tls",
      hint,
      cause,
    })
  }
}

function same(a: readonly unknown[], b: readonly unknown[]): boolean {
  return a.length === b.length && a.every((each, index) => each === b[index])
}

function revealed(value: string | Secret | undefined): string | undefined {
  return isSecret(value) ? value.reveal() : value
}
