import { createPrivateKey } from "node:crypto"
import { chmodSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { beforeEach, describe, expect, test } from "vitest"
import { type Io, resolveConnection } from "../src/index.ts"
import { systemIo } from "../src/io.ts"
import { type CertificateFiles, PASSPHRASE, writeCertificates } from "./support/certificates.ts"
import { rejectionOf } from "./support/failure.ts"
import { sandbox } from "./support/sandbox.ts"

let directory: string
let files: CertificateFiles
beforeEach(async () => {
  directory = sandbox().directory
  files = await writeCertificates(directory)
})

const config = (
  connection: string,
  more: { io?: Partial<Io>; env?: Record<string, string>; keyPassphrase?: () => string | Promise<string> } = {},
) =>
  resolveConnection({
    connection: `host=127.0.0.1 user=u ${connection}`,
    env: { HOME: directory, ...more.env },
    ...(more.io && { io: more.io }),
    ...(more.keyPassphrase && { keyPassphrase: more.keyPassphrase }),
  })
const tls = async (...args: Parameters<typeof config>) => (await config(...args)).tls
const codes = async (...args: Parameters<typeof config>) => (await config(...args)).warnings.map(({ code }) => code)
const firstLine = async (...args: Parameters<typeof config>) => (await rejectionOf(config(...args))).message.split("\n")[0]
const inHome = (name: string, from: string) => {
  mkdirSync(join(directory, ".postgresql"), { recursive: true })
  renameSync(from, join(directory, ".postgresql", name))
}

describe("sslmode", () => {
  test.each([
    ["disable", ["plain"], "none", "none"],
    ["allow", ["plain", "tls"], "none", "ca"],
    ["prefer", ["tls", "plain"], "none", "ca"],
    ["require", ["tls"], "none", "ca"],
    ["verify-ca", ["tls"], undefined, "ca"],
    ["verify-full", ["tls"], undefined, "full"],
  ] as const)("%s: what is tried, and verified without and with a root certificate", async (mode, methods, without, withRoots) => {
    if (without === undefined) expect(await firstLine(`sslmode=${mode}`)).toContain('root.crt" does not exist')
    else expect(await tls(`sslmode=${mode}`)).toMatchObject({ mode, methods, verify: without })
    const given = await tls(`sslmode=${mode} sslrootcert=${files.ca}`)
    expect(given).toMatchObject({ mode, methods, verify: withRoots })
    if (withRoots !== "none") expect(given.roots).toMatchObject({ from: files.ca, pem: [expect.stringContaining("BEGIN CERTIFICATE")] })
    inHome("root.crt", files.ca)
    expect(await tls(`sslmode=${mode}`)).toMatchObject({ mode, methods, verify: withRoots })
  })

  test("the default is prefer; a Unix socket reads no file and needs none", async () => {
    expect(await tls("")).toMatchObject({ mode: "prefer" })
    const local = await resolveConnection({ connection: "host=/tmp user=u sslmode=verify-full", env: { HOME: directory } })
    expect(local.tls.mode).toBe("verify-full")
    expect(local.tls.roots).toBeUndefined()
  })

  test("a root file: a missing one is ignored below verify-ca, an unreadable one is an error; prefer stays plain text as in libpq", async () => {
    expect(await codes(`sslmode=require sslrootcert=${directory}/missing`)).toContain("ROOTS_MISSING")
    writeFileSync(join(directory, "garbage"), "no certificate")
    const garbage = `sslrootcert=${directory}/garbage`
    expect(await firstLine(`sslmode=require ${garbage}`)).toBe(
      `could not read root certificate file "${directory}/garbage": no certificate or crl found`,
    )
    const preferred = await config(`sslmode=prefer ${garbage}`)
    expect(preferred.tls).toMatchObject({ methods: ["plain"], verify: "none" })
    expect(preferred.warnings.map(({ code }) => code)).toContain("TLS_UNUSABLE")
  })

  test("weak modes are refused where libpq refuses them", async () => {
    expect(await firstLine("sslmode=require sslrootcert=system")).toBe(
      'weak sslmode "require" may not be used with sslrootcert=system (use "verify-full")',
    )
    expect(await firstLine("sslmode=prefer sslnegotiation=direct")).toBe(
      'weak sslmode "prefer" may not be used with sslnegotiation=direct (use "require", "verify-ca", or "verify-full")',
    )
    expect(await tls("sslmode=require sslnegotiation=direct sslsni=0")).toMatchObject({ negotiation: "direct", sni: false })
    expect(await firstLine("ssl_min_protocol_version=TLSv1.3 ssl_max_protocol_version=tlsv1.2")).toBe("invalid SSL protocol version range")
    expect(await tls("ssl_min_protocol_version=tlsv1.3")).toMatchObject({ minVersion: "TLSv1.3", maxVersion: undefined })
  })

  test("weak settings are reported: optional TLS to another machine, and roots that a fallback ignores", async () => {
    const remote = await resolveConnection({ connection: "host=db.example.com user=u", env: { HOME: directory } })
    expect(remote.warnings.map(({ code }) => code)).toEqual(["TLS_OPTIONAL"])
    expect(await codes("")).toEqual([])
    expect(await codes(`sslmode=prefer sslrootcert=${files.ca}`)).toEqual(["TLS_FALLBACK"])
    expect(await codes(`sslmode=verify-full sslrootcert=${files.ca}`)).toEqual([])
  })
})

describe("sslrootcert=system", () => {
  test("strengthens the default to verify-full and uses SSL_CERT_FILE and SSL_CERT_DIR", async () => {
    expect(await tls("sslrootcert=system", { env: { SSL_CERT_FILE: files.ca } })).toMatchObject({
      mode: "verify-full",
      verify: "full",
      roots: { from: "system", pem: [expect.stringContaining("BEGIN CERTIFICATE")] },
    })
    mkdirSync(join(directory, "certs"))
    renameSync(files.ca, join(directory, "certs", "0a1b2c3d.0"))
    writeFileSync(join(directory, "certs", "README"), "not a certificate")
    expect((await tls("sslrootcert=system", { env: { SSL_CERT_DIR: join(directory, "certs") } })).roots?.pem).toHaveLength(1)
    expect(await firstLine("sslrootcert=system", { env: { SSL_CERT_FILE: "/nonexistent" } })).toBe(
      "could not load system root certificate paths: SSL_CERT_FILE and SSL_CERT_DIR have no certificate",
    )
  })

  test("otherwise the system's roots, otherwise Node's list, with a warning", async () => {
    const nothing: Partial<Io> = {
      async readFile() {
        throw Object.assign(new Error("absent"), { code: "ENOENT" })
      },
    }
    const found = await config("sslrootcert=system", { io: nothing })
    expect(found.tls.roots!.pem.length).toBeGreaterThan(10)
    // Newer Nodes read the system's roots themselves.
    const { getCACertificates } = (await import("node:tls")) as { getCACertificates?: (type: string) => string[] }
    const asksItself = (getCACertificates?.("system").length ?? 0) > 0
    expect(found.warnings.some(({ code }) => code === "SYSTEM_ROOTS_NOT_FOUND")).toBe(!asksItself)
  })
})

describe("the client's certificate and key", () => {
  const identity = (key: string, cert = files.cert, more = "") => `sslmode=require sslcert=${cert} sslkey=${key} ${more}`
  const samePrivateKey = (pem: string | undefined) => createPrivateKey(pem!).equals(createPrivateKey(readFileSync(files.key)))

  test("PEM and DER keys are normalised; an encrypted one is decrypted with sslpassword or by prompting", async () => {
    for (const found of [
      await tls(identity(files.key)),
      await tls(identity(files.keyDer)),
      await tls(identity(files.keyEncrypted, files.cert, `sslpassword='${PASSPHRASE}'`)),
      await tls(identity(files.keyEncrypted), { keyPassphrase: async () => PASSPHRASE }),
    ]) {
      expect(found.cert).toContain("BEGIN CERTIFICATE")
      expect(samePrivateKey(found.key?.reveal())).toBe(true)
    }
  })

  test("every failure has libpq's message", async () => {
    for (const [connection, message] of [
      [identity(`${directory}/missing`), `certificate present, but not private key file "${directory}/missing"`],
      [identity(files.otherKey), `certificate does not match private key file "${files.otherKey}": key values mismatch`],
      [identity(files.keyEncrypted), `could not load private key file "${files.keyEncrypted}": processing error`],
      [
        identity(files.keyEncrypted, files.cert, "sslpassword=wrong"),
        `could not load private key file "${files.keyEncrypted}": bad decrypt`,
      ],
      [identity(files.key, files.certDer), `could not read certificate file "${files.certDer}": no start line`],
      [identity(directory), `private key file "${directory}" is not a regular file`],
      [identity(files.cert), `could not load private key file "${files.cert}": no private key in it`],
      [identity("pkcs11:token"), "keys in an OpenSSL engine are not supported"],
    ])
      expect(await firstLine(connection!)).toBe(message)
    const failing = await rejectionOf(
      config(identity(files.keyEncrypted), {
        keyPassphrase: () => {
          throw new Error("closed")
        },
      }),
    )
    expect(failing.message).toBe("the keyPassphrase option failed")
  })

  test("permissions of the key: 0600 of the user, 0640 of root, unchecked on Windows", async () => {
    const withFacts = (mode: number, uid: number, platform: NodeJS.Platform = "linux"): { io: Partial<Io> } => ({
      io: { platform, stat: async (path) => ({ ...(await systemIo.stat(path)), ...(path === files.key ? { mode, uid } : {}) }) },
    })
    for (const [mode, uid, ok] of [
      [0o600, 1000, true],
      [0o400, 1000, true],
      [0o640, 1000, false],
      [0o604, 1000, false],
      [0o640, 0, true],
      [0o660, 0, false],
      [0o644, 0, false],
    ] as const) {
      const line = ok ? undefined : await firstLine(identity(files.key), withFacts(mode, uid))
      if (ok) expect((await tls(identity(files.key), withFacts(mode, uid))).key).toBeDefined()
      else expect(line).toContain(`private key file "${files.key}" has group or world access`)
    }
    expect((await tls(identity(files.key), { ...withFacts(0o666, 1000, "win32"), env: { APPDATA: directory } })).key).toBeDefined()
  })

  test("the default files, a missing certificate, sslcertmode=disable", async () => {
    expect(await codes(`sslmode=require sslcert=${directory}/missing`)).toContain("CERTIFICATE_MISSING")
    expect((await tls(`sslmode=require sslcert=${directory}/missing sslkey=${files.key}`)).cert).toBeUndefined()
    inHome("postgresql.crt", files.cert)
    chmodSync(files.key, 0o600)
    inHome("postgresql.key", files.key)
    expect((await tls("sslmode=require")).cert).toBeDefined()
    expect((await tls("sslmode=require sslcertmode=disable")).cert).toBeUndefined()
    expect((await tls("sslmode=disable")).cert).toBeUndefined()
  })
})

describe("files that exist and cannot be used", () => {
  const failing = (path: string, code: string, operation: "stat" | "readFile"): { io: Partial<Io> } => ({
    io: {
      [operation]: async (asked: string) => {
        if (asked === path) throw Object.assign(new Error("no"), { code })
        return systemIo[operation](asked)
      },
    },
  })

  test("the system's reason follows libpq's message", async () => {
    const identity = `sslmode=require sslcert=${files.cert} sslkey=${files.key}`
    for (const [connection, fake, message] of [
      [identity, failing(files.cert, "EACCES", "stat"), `could not open certificate file "${files.cert}": Permission denied`],
      [identity, failing(files.cert, "EACCES", "readFile"), `could not read certificate file "${files.cert}": Permission denied`],
      [identity, failing(files.key, "EACCES", "stat"), `could not stat private key file "${files.key}": Permission denied`],
      [identity, failing(files.key, "EIO", "readFile"), `could not load private key file "${files.key}": EIO`],
      [
        `sslmode=verify-ca sslrootcert=${files.ca}`,
        failing(files.ca, "EACCES", "readFile"),
        `could not read root certificate file "${files.ca}": Permission denied`,
      ],
    ] as const)
      expect(await firstLine(connection, fake)).toBe(message)
  })

  test("without a home directory there are no default files", async () => {
    const resolve = (sslmode: string) =>
      resolveConnection({ connection: `host=127.0.0.1 user=u sslmode=${sslmode}`, env: {}, io: { user: () => undefined } })
    expect((await resolve("require")).tls).toMatchObject({ verify: "none" })
    expect((await rejectionOf(resolve("verify-full"))).message.split("\n")[0]).toBe(
      "could not get home directory to locate root certificate file",
    )
  })

  test("a root file with a broken certificate, and DER that is not a key", async () => {
    writeFileSync(join(directory, "broken.crt"), "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
    expect(await firstLine(`sslmode=require sslrootcert=${directory}/broken.crt`)).toBe(
      `could not read root certificate file "${directory}/broken.crt": it contains a certificate that cannot be parsed`,
    )
    writeFileSync(join(directory, "noise.key"), Buffer.from([1, 2, 3]), { mode: 0o600 })
    expect(await firstLine(`sslmode=require sslcert=${files.cert} sslkey=${directory}/noise.key`)).toBe(
      `could not load private key file "${directory}/noise.key": neither PEM nor DER`,
    )
  })
})

describe("revocation lists", () => {
  test("a file, a folder, the default file; a missing one is ignored as in libpq, with a warning if it was named", async () => {
    const verified = `sslmode=verify-full sslrootcert=${files.ca}`
    expect((await tls(`${verified} sslcrl=${files.crl}`)).crl).toHaveLength(1)
    expect((await tls(verified)).crl).toBeUndefined()
    const missing = await config(`${verified} sslcrl=${directory}/missing`)
    expect(missing.tls.crl).toBeUndefined()
    expect(missing.warnings.map(({ code }) => code)).toEqual(["CRL_MISSING"])
    mkdirSync(join(directory, "lists"))
    expect(await firstLine(`${verified} sslcrldir=${directory}/lists`)).toBe("certificate verify failed: unable to get certificate CRL")
    writeFileSync(join(directory, "lists", "0a1b2c3d.r0"), readFileSync(files.crl))
    expect((await tls(`${verified} sslcrldir=${directory}/lists`)).crl).toHaveLength(1)
    inHome("root.crl", files.crl)
    expect((await tls(verified)).crl).toHaveLength(1)
    // Lists need roots: without them nothing is verified.
    expect((await tls("sslmode=require")).crl).toBeUndefined()
  })
})
