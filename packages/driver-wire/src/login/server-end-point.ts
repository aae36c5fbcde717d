import { createHash } from "node:crypto"

/** Signature algorithms and their hash functions, by the bytes of the OID. MD5 and SHA-1 become SHA-256 (RFC 5929, section 4.1). */
const SIGNATURES: Readonly<Record<string, string>> = {
  "2a864886f70d010104": "sha256", // md5WithRSAEncryption
  "2a864886f70d010105": "sha256", // sha1WithRSAEncryption
  "2a864886f70d01010b": "sha256", // sha256WithRSAEncryption
  "2a864886f70d01010c": "sha384", // sha384WithRSAEncryption
  "2a864886f70d01010d": "sha512", // sha512WithRSAEncryption
  "2a864886f70d01010e": "sha224", // sha224WithRSAEncryption
  "2a8648ce3d0401": "sha256", // ecdsa-with-SHA1
  "2a8648ce3d040301": "sha224", // ecdsa-with-SHA224
  "2a8648ce3d040302": "sha256", // ecdsa-with-SHA256
  "2a8648ce3d040303": "sha384", // ecdsa-with-SHA384
  "2a8648ce3d040304": "sha512", // ecdsa-with-SHA512
}

const RSA_PSS = "2a864886f70d01010a"

/** Hash functions by OID, for RSASSA-PSS, whose parameters name one. */
const HASHES: Readonly<Record<string, string>> = {
  "2b0e03021a": "sha256", // SHA-1
  "608648016503040201": "sha256",
  "608648016503040202": "sha384",
  "608648016503040203": "sha512",
  "608648016503040204": "sha224",
}

/**
 * The tls-server-end-point of RFC 5929: the certificate hashed with the hash function of its signature.
 *
 * @param certificate in DER
 * @returns undefined if the signature algorithm has no known hash function (Ed25519), which rules out channel binding
 */
export function serverEndPoint(certificate: Buffer | undefined): Buffer | undefined {
  const hash = certificate === undefined ? undefined : signatureHash(certificate)
  return hash === undefined ? undefined : createHash(hash).update(certificate!).digest()
}

// Certificate ::= SEQUENCE { tbsCertificate SEQUENCE, signatureAlgorithm SEQUENCE { algorithm OID, parameters ANY }, … }
function signatureHash(der: Buffer): string | undefined {
  const certificate = element(der, 0)
  const toBeSigned = element(der, certificate.start)
  const algorithm = element(der, toBeSigned.end)
  const oid = element(der, algorithm.start)
  const name = hex(der, oid)
  return name === RSA_PSS ? pssHash(der, oid.end, algorithm.end) : SIGNATURES[name]
}

// RSASSA-PSS-params ::= SEQUENCE { hashAlgorithm [0] AlgorithmIdentifier DEFAULT sha1, … }
function pssHash(der: Buffer, start: number, end: number): string | undefined {
  if (start >= end) return "sha256"
  const parameters = element(der, start)
  if (parameters.start >= parameters.end || der[parameters.start] !== 0xa0) return "sha256"
  const algorithm = element(der, element(der, parameters.start).start)
  return HASHES[hex(der, element(der, algorithm.start))]
}

interface Element {
  readonly start: number
  readonly end: number
}

/** The position of the contents of the DER element at `at`. OpenSSL has parsed the certificate before. */
function element(der: Buffer, at: number): Element {
  const first = der[at + 1]!
  if (first < 128) return { start: at + 2, end: at + 2 + first }
  const lengthBytes = first & 127
  const start = at + 2 + lengthBytes
  return { start, end: start + der.readUIntBE(at + 2, lengthBytes) }
}

function hex(der: Buffer, { start, end }: Element): string {
  return der.toString("hex", start, end)
}
