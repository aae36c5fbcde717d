import { createPrivateKey, type KeyObject } from "node:crypto"
import { type Secret, secret } from "@pgsd/driver"
import { fileProblem } from "../file-problem.ts"
import { errnoOf, type FileFacts, type Io } from "../io.ts"
import { failed } from "../password/provider.ts"
import { MaterialError, readMaterial } from "./material-error.ts"
import { CERTIFICATE_LABELS, pemBlocks } from "./pem.ts"
import { isCertificate } from "./roots.ts"

export interface ClientCertificate {
  readonly cert: string
  /** Decrypted PEM (PKCS #8). */
  readonly key: Secret
  readonly certFile: string
  readonly keyFile: string
}

interface ClientCertificateRequest {
  readonly certFile: string
  readonly keyFile: string
  readonly passphrase: string | undefined
  readonly askPassphrase: (() => string | Promise<string>) | undefined
  readonly io: Io
}

/** The client's certificate and key by libpq's rules (fe-secure-openssl.c, initialize_SSL); undefined if there is no certificate file. */
export async function readClientCertificate(request: ClientCertificateRequest): Promise<ClientCertificate | undefined> {
  const { certFile, keyFile, io } = request
  if (!(await certificateExists(certFile, io))) return undefined
  const cert = await readCertificate(certFile, io)
  if (io.platform !== "win32" && keyFile.includes(":"))
    throw new MaterialError(
      "sslkey",
      "keys in an OpenSSL engine are not supported",
      "give the path of a key file; to libpq a colon in sslkey names an engine",
      "PGSD_CONFIG_UNSUPPORTED",
    )
  const facts = await statKey(keyFile, io)
  checkPermissions(keyFile, facts, io)
  const key = await readKey(request)
  return { cert, key: secret(key.export({ type: "pkcs8", format: "pem" }).toString()), certFile, keyFile }
}

async function certificateExists(path: string, io: Io): Promise<boolean> {
  try {
    await io.stat(path)
    return true
  } catch (error) {
    const code = errnoOf(error)
    if (code === "ENOENT" || code === "ENOTDIR") return false
    throw new MaterialError("sslcert", `could not open certificate file "${path}": ${fileProblem(error)}`)
  }
}

async function readCertificate(path: string, io: Io): Promise<string> {
  const bytes = await readMaterial("sslcert", path, io, `could not read certificate file "${path}"`)
  const blocks = pemBlocks(bytes.toString("latin1"), CERTIFICATE_LABELS)
  if (blocks.length === 0 || !blocks.every(isCertificate))
    throw new MaterialError(
      "sslcert",
      `could not read certificate file "${path}": no start line`,
      "the certificate must be PEM; libpq does not accept DER here either",
    )
  return blocks.join("")
}

async function statKey(path: string, io: Io): Promise<FileFacts> {
  try {
    return await io.stat(path)
  } catch (error) {
    if (errnoOf(error) === "ENOENT")
      throw new MaterialError("sslkey", `certificate present, but not private key file "${path}"`, "set sslkey")
    throw new MaterialError("sslkey", `could not stat private key file "${path}": ${fileProblem(error)}`)
  }
}

// A key owned by root may be group-readable, so that services can share it (the server has the same rule).
function checkPermissions(path: string, facts: FileFacts, io: Io): void {
  if (!facts.isFile) throw new MaterialError("sslkey", `private key file "${path}" is not a regular file`)
  if (io.platform === "win32") return
  if ((facts.mode & (facts.uid === 0 ? 0o037 : 0o077)) === 0) return
  throw new MaterialError(
    "sslkey",
    `private key file "${path}" has group or world access; file must have permissions u=rw (0600) or less if owned by the current user, or permissions u=rw,g=r (0640) or less if owned by root`,
    `chmod 600 "${path}"`,
  )
}

async function readKey(request: ClientCertificateRequest): Promise<KeyObject> {
  const { keyFile, io } = request
  const bytes = await readMaterial("sslkey", keyFile, io, `could not load private key file "${keyFile}"`)
  const text = bytes.toString("latin1")
  if (!text.includes("-----BEGIN ")) return readDer(bytes, keyFile)
  const encrypted = /ENCRYPTED/.test(text)
  const passphrase = encrypted ? (request.passphrase ?? (await ask(request.askPassphrase))) : undefined
  if (encrypted && !passphrase)
    throw new MaterialError(
      "sslkey",
      `could not load private key file "${keyFile}": processing error`,
      "the key is encrypted: set sslpassword",
    )
  try {
    return createPrivateKey({ key: text, format: "pem", passphrase })
  } catch {
    if (encrypted)
      throw new MaterialError(
        "sslkey",
        `could not load private key file "${keyFile}": bad decrypt`,
        "sslpassword is not the passphrase of this key",
      )
    throw new MaterialError("sslkey", `could not load private key file "${keyFile}": no private key in it`)
  }
}

async function ask(askPassphrase: ClientCertificateRequest["askPassphrase"]): Promise<string | undefined> {
  try {
    return await askPassphrase?.()
  } catch (cause) {
    throw failed("the keyPassphrase option", "failed", cause)
  }
}

function readDer(key: Buffer, path: string): KeyObject {
  for (const type of ["pkcs8", "pkcs1", "sec1"] as const) {
    try {
      return createPrivateKey({ key, format: "der", type })
    } catch {
      // try the next form
    }
  }
  throw new MaterialError("sslkey", `could not load private key file "${path}": neither PEM nor DER`)
}
