import { X509Certificate } from "node:crypto"
import * as tls from "node:tls"
import type { Io } from "../io.ts"
import type { Environment } from "../resolve/home.ts"
import { MaterialError, readMaterial } from "./material-error.ts"
import { CERTIFICATE_LABELS, pemBlocks } from "./pem.ts"

export interface Roots {
  readonly from: string
  readonly pem: readonly string[]
}

/** libpq's hint, verbatim. */
const ADVICE =
  "Either provide the file, use the system's trusted roots with sslrootcert=system, or change sslmode to disable server certificate verification."

/**
 * The certificates of a root file. A missing file means none, unless `required`; an unreadable one is an error even at the default path, as
 * in libpq.
 */
export async function readRoots(path: string | undefined, required: boolean, io: Io): Promise<Roots | undefined> {
  if (path === undefined) {
    if (required) throw new MaterialError("sslrootcert", "could not get home directory to locate root certificate file", ADVICE)
    return undefined
  }
  try {
    await io.stat(path)
  } catch {
    if (required) throw new MaterialError("sslrootcert", `root certificate file "${path}" does not exist`, ADVICE)
    return undefined
  }
  const bytes = await readMaterial("sslrootcert", path, io, `could not read root certificate file "${path}"`)
  const pem = pemBlocks(bytes.toString("latin1"), CERTIFICATE_LABELS)
  if (pem.length === 0)
    throw new MaterialError("sslrootcert", `could not read root certificate file "${path}": no certificate or crl found`)
  if (!pem.every(isCertificate))
    throw new MaterialError(
      "sslrootcert",
      `could not read root certificate file "${path}": it contains a certificate that cannot be parsed`,
    )
  return { from: path, pem }
}

/** Whether OpenSSL can parse the PEM as a certificate. */
export function isCertificate(pem: string): boolean {
  try {
    void new X509Certificate(pem)
    return true
  } catch {
    return false
  }
}

/** Where distributions keep trusted roots; OpenSSL's own default path is compiled in, and Node's copy lacks it. */
const SYSTEM_FILES = [
  "/etc/ssl/certs/ca-certificates.crt",
  "/etc/pki/tls/certs/ca-bundle.crt",
  "/etc/ssl/ca-bundle.pem",
  "/etc/pki/tls/cacert.pem",
  "/etc/ssl/cert.pem",
]

/** sslrootcert=system: SSL_CERT_FILE and SSL_CERT_DIR, else the operating system's roots, else Node's built-in list. */
export async function systemRoots(env: Environment, io: Io): Promise<{ roots: Roots; note?: string }> {
  const chosen = [...(await fromFile(env.SSL_CERT_FILE, io)), ...(await fromDirectory(env.SSL_CERT_DIR, io))]
  if (env.SSL_CERT_FILE || env.SSL_CERT_DIR) {
    if (chosen.length === 0)
      throw new MaterialError(
        "sslrootcert",
        "could not load system root certificate paths: SSL_CERT_FILE and SSL_CERT_DIR have no certificate",
      )
    return { roots: { from: "system", pem: chosen } }
  }
  const fromNode = "getCACertificates" in tls ? (tls.getCACertificates as (type: string) => string[])("system") : []
  if (fromNode.length > 0) return { roots: { from: "system", pem: fromNode } }
  for (const path of SYSTEM_FILES) {
    const pem = await fromFile(path, io)
    if (pem.length > 0) return { roots: { from: "system", pem } }
  }
  return {
    roots: { from: "system", pem: tls.rootCertificates },
    note: "sslrootcert=system: the trusted roots of this system were not found, so Node's built-in list is used",
  }
}

async function fromFile(path: string | undefined, io: Io): Promise<string[]> {
  if (!path) return []
  try {
    return pemBlocks(Buffer.from(await io.readFile(path)).toString("latin1"), CERTIFICATE_LABELS)
  } catch {
    return []
  }
}

// A folder for OpenSSL: certificates under the hash of their subject, "1a2b3c4d.0".
async function fromDirectory(folders: string | undefined, io: Io): Promise<string[]> {
  const found: string[] = []
  for (const folder of folders ? folders.split(io.platform === "win32" ? ";" : ":") : []) {
    const names = await io.readDirectory(folder).catch(() => [])
    for (const name of names.filter((each) => /^[0-9a-f]{8}\.\d+$/.test(each))) found.push(...(await fromFile(`${folder}/${name}`, io)))
  }
  return found
}
