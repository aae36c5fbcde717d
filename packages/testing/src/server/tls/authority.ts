import { webcrypto } from "node:crypto"
import { isIP } from "node:net"
import type * as X509 from "@peculiar/x509"
import type { CertificateAndKey } from "./server-tls.ts"

const DAY_MS = 24 * 3_600_000
/** Small keys, generated in a millisecond, that every TLS library of the last decade supports. */
const ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" }

interface Leaf {
  readonly cn: string
  /** DNS names and IP addresses. */
  readonly names: readonly string[]
  readonly usage: "server" | "client"
  readonly expired?: boolean | undefined
}

/** A certificate authority in memory. */
export class Authority {
  readonly #x509: typeof X509
  readonly #keys: webcrypto.CryptoKeyPair
  readonly #certificate: X509.X509Certificate

  private constructor(x509: typeof X509, keys: webcrypto.CryptoKeyPair, certificate: X509.X509Certificate) {
    this.#x509 = x509
    this.#keys = keys
    this.#certificate = certificate
  }

  static async create(cn: string): Promise<Authority> {
    // Loaded on demand: most servers of a test run use no TLS.
    const x509 = await import("@peculiar/x509")
    x509.cryptoProvider.set(webcrypto)
    const keys = await generateKeys()
    const certificate = await x509.X509CertificateGenerator.createSelfSigned({
      serialNumber: "01",
      name: [{ CN: [cn] }],
      ...validity(false),
      signingAlgorithm: ALGORITHM,
      keys,
      extensions: [
        new x509.BasicConstraintsExtension(true, undefined, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
        await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      ],
    })
    return new Authority(x509, keys, certificate)
  }

  get pem(): string {
    return withNewline(this.#certificate.toString("pem"))
  }

  async issue(leaf: Leaf): Promise<CertificateAndKey> {
    const x509 = this.#x509
    const keys = await generateKeys()
    const names = leaf.names.map((value) => ({ type: isIP(value) === 0 ? ("dns" as const) : ("ip" as const), value }))
    const certificate = await x509.X509CertificateGenerator.create({
      subject: [{ CN: [leaf.cn] }],
      issuer: this.#certificate.subject,
      ...validity(leaf.expired ?? false),
      signingAlgorithm: ALGORITHM,
      publicKey: keys.publicKey,
      signingKey: this.#keys.privateKey,
      extensions: [
        new x509.BasicConstraintsExtension(false, undefined, true),
        new x509.ExtendedKeyUsageExtension([leaf.usage === "server" ? x509.ExtendedKeyUsage.serverAuth : x509.ExtendedKeyUsage.clientAuth]),
        await x509.AuthorityKeyIdentifierExtension.create(this.#keys.publicKey),
        ...(names.length === 0 ? [] : [new x509.SubjectAlternativeNameExtension(names)]),
      ],
    })
    const pkcs8 = Buffer.from(await webcrypto.subtle.exportKey("pkcs8", keys.privateKey))
    return { cert: withNewline(certificate.toString("pem")), key: withNewline(x509.PemConverter.encode(pkcs8, "PRIVATE KEY")) }
  }

  async revocationList(revoked: readonly string[]): Promise<string> {
    const list = await this.#x509.X509CrlGenerator.create({
      issuer: this.#certificate.subject,
      ...{ thisUpdate: new Date(Date.now() - DAY_MS), nextUpdate: new Date(Date.now() + 7 * DAY_MS) },
      signingAlgorithm: ALGORITHM,
      signingKey: this.#keys.privateKey,
      entries: revoked.map((pem) => ({
        serialNumber: unsigned(new this.#x509.X509Certificate(pem).serialNumber),
        revocationDate: new Date(Date.now() - DAY_MS),
      })),
      extensions: [await this.#x509.AuthorityKeyIdentifierExtension.create(this.#keys.publicKey)],
    })
    // OpenSSL, and Node with it, accepts only "X509 CRL"; the library writes "CRL".
    return withNewline(this.#x509.PemConverter.encode(list.rawData, "X509 CRL"))
  }
}

function generateKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]) as Promise<webcrypto.CryptoKeyPair>
}

/**
 * From yesterday, because clocks differ, for longer than monitoring calls "soon to expire"; or a week that ended yesterday.
 */
function validity(expired: boolean): { notBefore: Date; notAfter: Date } {
  const yesterday = Date.now() - DAY_MS
  return expired
    ? { notBefore: new Date(yesterday - 7 * DAY_MS), notAfter: new Date(yesterday) }
    : { notBefore: new Date(yesterday), notAfter: new Date(yesterday + 90 * DAY_MS) }
}

// The library writes the digits unchanged, and a number with the high bit set would be negative.
function unsigned(hex: string): string {
  return /^[89a-f]/i.test(hex) ? `00${hex}` : hex
}

function withNewline(pem: string): string {
  return pem.endsWith("\n") ? pem : `${pem}\n`
}
