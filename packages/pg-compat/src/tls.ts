import { createPrivateKey } from "node:crypto"
import { readFileSync, statSync } from "node:fs"
import { isIP } from "node:net"
import * as tls from "node:tls"
import { type ConnectionConfig, type ConnectionTls, PgsdError, SSL_METHODS, secret } from "@pgsd/driver"

/** pg's `ssl` object: options of tls.connect(). */
export type SslOptions = Readonly<Record<string, unknown>>

/** Options of tls.connect() that would be lost, and may matter. */
const REFUSED: Readonly<Record<string, string>> = {
  checkServerIdentity: "a function is not supported: to verify only the chain use `connection` with sslmode=verify-ca",
  secureContext: "give ca, cert and key",
  pfx: "give cert and key as PEM",
  ciphers: "use minVersion and maxVersion",
  sigalgs: "use minVersion and maxVersion",
  ecdhCurve: "use minVersion and maxVersion",
  dhparam: "use minVersion and maxVersion",
  secureOptions: "use minVersion and maxVersion",
  secureProtocol: "use minVersion and maxVersion",
  pskCallback: "give a certificate",
  lookup: "use `open` with a custom driver",
}

/** @throws PgsdError PGSD_UNSUPPORTED for a key that would be ignored and may matter */
export function checkSsl(ssl: object, host: string | undefined): void {
  const given = ssl as SslOptions
  for (const [key, next] of Object.entries(REFUSED)) if (given[key] !== undefined && given[key] !== null) throw unsupported(key, next)
  checkServername(given.servername, host)
}

/** @throws PgsdError PGSD_UNSUPPORTED */
export function checkServername(servername: unknown, host: string | undefined): void {
  if (servername !== undefined && host !== undefined && servername !== host && isIP(host) === 0)
    throw unsupported("servername", "it cannot differ from a host that is a name: give the address as host")
}

/** TLS with the meaning of pg's `ssl`: verified, including the host name, unless `rejectUnauthorized` is false. */
export function tlsOf(
  ssl: boolean | SslOptions | undefined,
  negotiation: ConnectionTls["negotiation"] | undefined,
): ConnectionConfig["tls"] {
  const base = { negotiation: negotiation ?? "postgres", sni: true } as const
  if (!ssl) return { ...base, mode: "disable", methods: SSL_METHODS.disable, verify: "none" }
  const given = ssl === true ? {} : ssl
  const { rejectUnauthorized, ca, crl, cert, key, passphrase, minVersion, maxVersion } = given
  // A connection string implements verify-ca by a check of its own (uselibpqcompat); the application's is rejected by checkSsl().
  const verify = rejectUnauthorized === false ? "none" : given.checkServerIdentity === undefined ? "full" : "ca"
  return {
    ...base,
    mode: verify === "none" ? "require" : verify === "ca" ? "verify-ca" : "verify-full",
    methods: SSL_METHODS.require,
    verify,
    ...(verify !== "none" && { roots: ca === undefined || ca === null ? defaultRoots() : { from: "ssl.ca", pem: pemList(ca) } }),
    ...(crl !== undefined && { crl: pemList(crl) }),
    ...(cert !== undefined && { cert: pemList(cert).join("\n") }),
    ...(key !== undefined && { key: secret(decrypted(pemList(key).join("\n"), passphrase)) }),
    ...(minVersion !== undefined && { minVersion: minVersion as tls.SecureVersion }),
    ...(maxVersion !== undefined && { maxVersion: maxVersion as tls.SecureVersion }),
  }
}

// If pg gives none, tls.connect() trusts Node's roots.
function defaultRoots(): { readonly from: string; readonly pem: readonly string[] } {
  const from = "the trusted roots of Node"
  if ("getCACertificates" in tls) return { from, pem: (tls.getCACertificates as (type: string) => string[])("default") }
  return { from, pem: [...tls.rootCertificates, ...extraRoots()] }
}

const LARGEST_ROOT_FILE_BYTES = 10_000_000

// Node adds them to its list at startup, and before 22.15 has no function that returns them.
function extraRoots(): string[] {
  const path = process.env.NODE_EXTRA_CA_CERTS
  if (!path) return []
  try {
    const facts = statSync(path)
    return facts.isFile() && facts.size <= LARGEST_ROOT_FILE_BYTES ? [readFileSync(path, "latin1")] : []
  } catch {
    // Like Node, which has warned about it.
    return []
  }
}

function pemList(value: unknown): string[] {
  return (Array.isArray(value) ? value : [value]).map((each: unknown) => {
    if (typeof each === "string" || each instanceof Uint8Array)
      return typeof each === "string" ? each : Buffer.from(each).toString("latin1")
    throw new PgsdError("PGSD_INVALID_OPTION", "@pgsd/pg-compat: ca, crl, cert and key of ssl must be PEM, as strings or Buffers")
  })
}

function decrypted(key: string, passphrase: unknown): string {
  if (typeof passphrase !== "string") return key
  try {
    return createPrivateKey({ key, format: "pem", passphrase }).export({ type: "pkcs8", format: "pem" }).toString()
  } catch {
    throw new PgsdError("PGSD_INVALID_OPTION", "@pgsd/pg-compat: ssl.key cannot be read with ssl.passphrase")
  }
}

function unsupported(key: string, next: string): PgsdError {
  return new PgsdError("PGSD_UNSUPPORTED", `@pgsd/pg-compat does not support ssl.${key}: ${next}`)
}
