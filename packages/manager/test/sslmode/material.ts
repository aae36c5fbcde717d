import { createPrivateKey, X509Certificate } from "node:crypto"
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { stat } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { ResolveOptions } from "@pgsd/config"
import type { ServerTls } from "@pgsd/testing/server"
import type { TlsCase } from "./cases.ts"

const PASSPHRASE = "right"
const KEYWORDS = [
  "host",
  "hostaddr",
  "sslmode",
  "sslnegotiation",
  "channel_binding",
  "require_auth",
  "ssl_min_protocol_version",
  "ssl_max_protocol_version",
  "sslcertmode",
  "sslpassword",
] as const

/** The files that the symbols of a case stand for. */
export interface Material {
  /** The parameters of a case, and a separate home directory where it needs one. */
  options(tlsCase: TlsCase, target: { port: number; password: string }): ResolveOptions
  /** The text with `{MISSING}` filled in. */
  fill(text: string): string
  remove(): void
}

export async function writeMaterial(tls: ServerTls): Promise<Material> {
  const directory = mkdtempSync(join(tmpdir(), "pgsd-sslmode-"))
  const write = (name: string, content: string | Uint8Array, mode = 0o600) => {
    const path = join(directory, name)
    mkdirSync(join(path, ".."), { recursive: true })
    writeFileSync(path, content)
    chmodSync(path, mode)
    return path
  }
  const client = await tls.clientCertificate("certified")
  const stranger = await tls.clientCertificate("certified", { untrusted: true })
  const key = createPrivateKey(client.key)
  const revoked = await tls.revocationList([tls.certificate])
  const missing = join(directory, "missing")
  const files: Readonly<Record<string, Readonly<Record<string, string>>>> = {
    sslrootcert: {
      ca: write("ca.crt", tls.ca),
      "wrong-ca": write("wrong-ca.crt", tls.otherCa),
      missing,
      garbage: write("garbage.crt", "no certificate"),
      system: "system",
    },
    sslcert: {
      ok: write("client.crt", client.cert),
      DER: write("client.der", new X509Certificate(client.cert).raw),
      untrusted: write("stranger.crt", stranger.cert),
    },
    sslkey: {
      "0600": write("client.key", client.key),
      "0640 root-owned": write("root.key", client.key, 0o640),
      encrypted: write("encrypted.key", key.export({ type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase: PASSPHRASE })),
      missing,
      untrusted: write("stranger.key", stranger.key),
    },
    sslcrl: { "revokes server cert": write("revoked.crl", revoked), empty: write("empty.crl", await tls.revocationList()), missing },
    sslcrldir: { "revokes server cert": join(write("lists/0a1b2c3d.r0", revoked), "..") },
  }
  write("home-ca/.postgresql/root.crt", tls.ca)
  write("home-wrong-ca/.postgresql/root.crt", tls.otherCa)
  mkdirSync(join(directory, "home"))
  return {
    options(tlsCase, { port, password }) {
      const { sslrootcert, user, dbname = "postgres" } = tlsCase
      const inHome = sslrootcert?.startsWith("~") ? sslrootcert.slice(1) : undefined
      const connection: Record<string, string> = {
        port: String(port),
        dbname,
        user: user === undefined || user === "scram user" ? "u" : user,
      }
      if (tlsCase.sslcert !== undefined) connection.user = "certified"
      else connection.password = password
      for (const keyword of KEYWORDS) if (tlsCase[keyword] != null) connection[keyword] = tlsCase[keyword]
      for (const [keyword, meanings] of Object.entries(files)) {
        const word = tlsCase[keyword as keyof TlsCase] as string | null | undefined
        if (word != null && !word.startsWith("~")) connection[keyword] = meanings[word]!
      }
      return {
        connection,
        env: { HOME: join(directory, inHome === undefined ? "home" : `home-${inHome}`) },
        io: {
          // Only root can create a file that belongs to root.
          async stat(path) {
            const facts = await stat(path)
            const uid = path.endsWith("root.key") ? 0 : facts.uid
            return { isFile: facts.isFile(), isDirectory: facts.isDirectory(), mode: facts.mode & 0o7777, uid }
          },
        },
      }
    },
    fill: (text) => text.replace("{MISSING}", missing),
    remove: () => rmSync(directory, { recursive: true, force: true }),
  }
}
