import { createSecureContext } from "node:tls"
import { type ConnectionTls, type Host, isLoopback, SSL_METHODS, type SslMode } from "@pgsd/driver"
import { errnoOf, type Io } from "../io.ts"
import type { Findings } from "../resolve/findings.ts"
import { certificateDirectory, type Environment } from "../resolve/home.ts"
import { nonEmpty, type Settings } from "../resolve/settings.ts"
import { type ClientCertificate, readClientCertificate } from "./client-certificate.ts"
import { MaterialError } from "./material-error.ts"
import { readRevocation } from "./revocation.ts"
import { type Roots, readRoots, systemRoots } from "./roots.ts"

type TlsBase = Pick<ConnectionTls, "mode" | "negotiation" | "sni" | "minVersion" | "maxVersion">

interface MaterialRequest {
  readonly settings: Settings
  readonly hosts: readonly Host[]
  readonly env: Environment
  readonly io: Io
  readonly keyPassphrase: (() => string | Promise<string>) | undefined
  readonly findings: Findings
}

interface Material {
  readonly roots?: Roots | undefined
  readonly crl?: readonly string[] | undefined
  readonly client?: ClientCertificate | undefined
}

/** Adds methods, verification mode and certificates; rejects what cannot work, or omits TLS where libpq would. */
export async function addMaterial(base: TlsBase, request: MaterialRequest): Promise<ConnectionTls> {
  const { mode } = base
  const { settings, findings } = request
  try {
    const material = await readMaterial(mode, request)
    checkTogether(material, base)
    warnAboutTrust(mode, request, material)
    const { roots, crl, client } = material
    const verify = mode === "verify-full" ? "full" : roots === undefined ? "none" : "ca"
    return { ...base, methods: SSL_METHODS[mode], verify, roots, crl, cert: client?.cert, key: client?.key }
  } catch (error) {
    if (!(error instanceof MaterialError)) throw error
    if (mode === "allow" || mode === "prefer") {
      const message = `sslmode=${mode}: ${error.message}; like libpq, the connection continues without TLS. Use sslmode=verify-full for an error instead`
      findings.warn("TLS_UNUSABLE", message)
      return { ...base, methods: ["plain"], verify: "none" }
    }
    findings.issue(error.code, error.message, { key: error.key, source: settings.get(error.key)?.source ?? "default", hint: error.hint })
    return { ...base, methods: SSL_METHODS[mode], verify: "none" }
  }
}

async function readMaterial(mode: SslMode, request: MaterialRequest): Promise<Material> {
  const { settings, env, io, findings } = request
  const folder = certificateDirectory(env, io)
  const inFolder = (name: string) => (folder === undefined ? undefined : `${folder}/${name}`)
  const rootFile = nonEmpty(settings, "sslrootcert")
  let roots: Roots | undefined
  let crl: readonly string[] | undefined
  if (rootFile === "system") {
    const system = await systemRoots(env, io)
    if (system.note !== undefined) findings.warn("SYSTEM_ROOTS_NOT_FOUND", system.note)
    roots = system.roots
  } else {
    roots = await readRoots(rootFile ?? inFolder("root.crt"), mode === "verify-ca" || mode === "verify-full", io)
    if (roots === undefined && rootFile !== undefined)
      findings.warn(
        "ROOTS_MISSING",
        `root certificate file "${rootFile}" does not exist: with sslmode=${mode} libpq continues and verifies nothing`,
      )
    if (roots !== undefined) {
      const revocation = await readRevocation({
        file: nonEmpty(settings, "sslcrl"),
        directory: nonEmpty(settings, "sslcrldir"),
        defaultFile: inFolder("root.crl"),
        io,
      })
      if (revocation.problem !== undefined) findings.warn("CRL_MISSING", revocation.problem)
      crl = revocation.found?.crl
    }
  }
  return { roots, crl, client: await readClient(request, inFolder) }
}

async function readClient(
  request: MaterialRequest,
  inFolder: (name: string) => string | undefined,
): Promise<ClientCertificate | undefined> {
  const { settings, io, findings } = request
  if (settings.get("sslcertmode")?.value === "disable") return undefined
  const explicit = nonEmpty(settings, "sslcert")
  const certFile = explicit ?? inFolder("postgresql.crt")
  const keyFile = nonEmpty(settings, "sslkey") ?? inFolder("postgresql.key")
  if (certFile === undefined || keyFile === undefined) return undefined
  const passphrase = nonEmpty(settings, "sslpassword")
  const client = await readClientCertificate({ certFile, keyFile, passphrase, askPassphrase: request.keyPassphrase, io })
  if (client === undefined && explicit !== undefined)
    findings.warn("CERTIFICATE_MISSING", `the client certificate "${explicit}" does not exist and none is sent, as in libpq`)
  return client
}

// Node would report this at the first connection, and postgres.js by ending the process.
function checkTogether({ roots, crl, client }: Material, { minVersion, maxVersion }: TlsBase): void {
  try {
    createSecureContext({
      ...(roots === undefined || roots.from === "system" ? {} : { ca: [...roots.pem] }),
      ...(crl === undefined ? {} : { crl: [...crl] }),
      ...(client === undefined ? {} : { cert: client.cert, key: client.key.reveal() }),
      ...(minVersion === undefined ? {} : { minVersion }),
      ...(maxVersion === undefined ? {} : { maxVersion }),
    })
  } catch (error) {
    const code = errnoOf(error) ?? "unknown error"
    if (client !== undefined && code.includes("KEY_VALUES_MISMATCH"))
      throw new MaterialError("sslkey", `certificate does not match private key file "${client.keyFile}": key values mismatch`)
    throw new MaterialError("sslcert", `the TLS settings cannot be used together (${code})`)
  }
}

function warnAboutTrust(mode: SslMode, { hosts, findings }: MaterialRequest, { roots }: Material): void {
  if (mode !== "allow" && mode !== "prefer") return
  if (roots !== undefined)
    findings.warn(
      "TLS_FALLBACK",
      `sslmode=${mode} with trusted roots (${roots.from}): if the server's certificate cannot be verified, the connection continues without TLS; use sslmode=verify-full`,
    )
  const remote = hosts.find((host) => host.kind === "tcp" && !isLoopback(host.address ?? host.name ?? ""))
  if (remote !== undefined)
    findings.warn(
      "TLS_OPTIONAL",
      `sslmode=${mode} to another machine: the connection may be unencrypted and the server's identity is not verified; use sslmode=verify-full`,
    )
}
