import { createPrivateKey, webcrypto } from "node:crypto"
import { chmodSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import * as x509 from "@peculiar/x509"

const ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" }
const DAY_MS = 86_400_000
const validity = { notBefore: new Date(Date.now() - DAY_MS), notAfter: new Date(Date.now() + DAY_MS) }

export const PASSPHRASE = "S3CRET passphrase"

/** Paths of everything that a client can be given. */
export interface CertificateFiles {
  readonly ca: string
  readonly cert: string
  readonly certDer: string
  /** PEM, mode 0600. */
  readonly key: string
  readonly keyDer: string
  /** Encrypted with {@link PASSPHRASE}. */
  readonly keyEncrypted: string
  /** Of another certificate. */
  readonly otherKey: string
  readonly crl: string
}

/** An authority, a client certificate, and its key in every format, in `directory`. */
export async function writeCertificates(directory: string): Promise<CertificateFiles> {
  x509.cryptoProvider.set(webcrypto)
  const keys = () => webcrypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]) as Promise<webcrypto.CryptoKeyPair>
  const [caKeys, clientKeys, otherKeys] = [await keys(), await keys(), await keys()]
  const ca = await x509.X509CertificateGenerator.createSelfSigned({
    name: "CN=authority",
    ...validity,
    signingAlgorithm: ALGORITHM,
    keys: caKeys,
    extensions: [new x509.BasicConstraintsExtension(true, undefined, true)],
  })
  const cert = await x509.X509CertificateGenerator.create({
    subject: "CN=client",
    issuer: ca.subject,
    ...validity,
    signingAlgorithm: ALGORITHM,
    publicKey: clientKeys.publicKey,
    signingKey: caKeys.privateKey,
  })
  const crl = await x509.X509CrlGenerator.create({
    issuer: ca.subject,
    thisUpdate: validity.notBefore,
    nextUpdate: validity.notAfter,
    signingAlgorithm: ALGORITHM,
    signingKey: caKeys.privateKey,
    entries: [],
  })
  const key = await keyObject(clientKeys)
  const pem = { type: "pkcs8", format: "pem" } as const
  const write = (name: string, content: string | Uint8Array, mode = 0o600) => {
    const path = join(directory, name)
    writeFileSync(path, content)
    chmodSync(path, mode)
    return path
  }
  return {
    ca: write("ca.crt", ca.toString("pem")),
    cert: write("client.crt", cert.toString("pem")),
    certDer: write("client.der", new Uint8Array(cert.rawData)),
    key: write("client.key", key.export(pem)),
    keyDer: write("client.key.der", key.export({ type: "pkcs8", format: "der" })),
    keyEncrypted: write("client.enc.key", key.export({ ...pem, cipher: "aes-256-cbc", passphrase: PASSPHRASE })),
    otherKey: write("other.key", (await keyObject(otherKeys)).export(pem)),
    crl: write("root.crl", x509.PemConverter.encode(crl.rawData, "X509 CRL")),
  }
}

async function keyObject({ privateKey }: webcrypto.CryptoKeyPair) {
  const der = Buffer.from(await webcrypto.subtle.exportKey("pkcs8", privateKey))
  return createPrivateKey({ key: der, format: "der", type: "pkcs8" })
}
