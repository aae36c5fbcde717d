import { webcrypto } from "node:crypto"
import {
  BasicConstraintsExtension,
  type JsonGeneralNames,
  SubjectAlternativeNameExtension,
  X509CertificateGenerator,
  X509CrlGenerator,
} from "@peculiar/x509"

const ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" }
const DAY_MS = 86_400_000

export interface Identity {
  readonly cert: string
  readonly key: string
  readonly serialNumber: string
}

export interface IdentityOptions {
  readonly cn?: string
  readonly dns?: readonly string[]
  readonly ip?: readonly string[]
  /** Validity in days from now. @default 30 */
  readonly validDays?: number
}

/** A certificate authority for the duration of the test. */
export interface Authority {
  readonly pem: string
  issue(options: IdentityOptions): Promise<Identity>
  /** A revocation list as PEM. */
  revoke(...identities: readonly Identity[]): Promise<string>
}

export async function certificateAuthority(name: string): Promise<Authority> {
  const keys = await keyPair()
  const issuer = `CN=${name}`
  const root = await X509CertificateGenerator.createSelfSigned({
    name: issuer,
    serialNumber: "01",
    ...validity(30),
    signingAlgorithm: ALGORITHM,
    keys,
    extensions: [new BasicConstraintsExtension(true, undefined, true)],
  })
  let serial = 1
  return {
    pem: root.toString("pem"),
    async issue({ cn, dns = [], ip = [], validDays = 30 }) {
      const own = await keyPair()
      const serialNumber = (++serial).toString(16).padStart(2, "0")
      const names: JsonGeneralNames = [
        ...dns.map((value) => ({ type: "dns" as const, value })),
        ...ip.map((value) => ({ type: "ip" as const, value })),
      ]
      const certificate = await X509CertificateGenerator.create({
        subject: cn === undefined ? "O=test" : `O=test, CN=${cn}`,
        issuer,
        serialNumber,
        ...validity(validDays),
        signingAlgorithm: ALGORITHM,
        publicKey: own.publicKey,
        signingKey: keys.privateKey,
        extensions: names.length === 0 ? [] : [new SubjectAlternativeNameExtension(names)],
      })
      const key = pem("PRIVATE KEY", await webcrypto.subtle.exportKey("pkcs8", own.privateKey))
      return { cert: certificate.toString("pem"), key, serialNumber }
    },
    async revoke(...identities) {
      const crl = await X509CrlGenerator.create({
        issuer,
        thisUpdate: new Date(Date.now() - DAY_MS),
        nextUpdate: new Date(Date.now() + DAY_MS),
        signingAlgorithm: ALGORITHM,
        signingKey: keys.privateKey,
        entries: identities.map(({ serialNumber }) => ({ serialNumber, revocationDate: new Date(Date.now() - DAY_MS) })),
      })
      return pem("X509 CRL", crl.rawData)
    },
  }
}

function validity(days: number) {
  return { notBefore: new Date(Date.now() - 60 * DAY_MS), notAfter: new Date(Date.now() + days * DAY_MS) }
}

function pem(label: string, bytes: ArrayBuffer): string {
  return `-----BEGIN ${label}-----\n${Buffer.from(bytes).toString("base64").replace(/.{64}/g, "$&\n")}\n-----END ${label}-----\n`
}

function keyPair(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]) as Promise<webcrypto.CryptoKeyPair>
}
