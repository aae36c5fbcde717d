import { createPrivateKey } from "node:crypto"
import type { TLSSocket } from "node:tls"
import { DatabaseConnectionError, secret, type Target, type TlsSettings } from "@pgsd/driver"
import { type Dialed, dial } from "@pgsd/driver/socket"
import { afterEach, beforeAll, describe, expect, test } from "vitest"
import { type Authority, certificateAuthority, type Identity } from "../support/certificates.ts"
import { listenTls, type TlsServerOptions, until } from "../support/test-server.ts"

let authority: Authority
let other: Authority
let pgTest: Identity

beforeAll(async () => {
  authority = await certificateAuthority("test root")
  other = await certificateAuthority("another root")
  pgTest = await authority.issue({ cn: "pg.test", dns: ["pg.test"] })
})

const dialed: Dialed[] = []
afterEach(() => {
  for (const { socket, deadline } of dialed.splice(0)) {
    deadline.end()
    socket.destroy()
  }
})

interface Attempt {
  readonly server?: TlsServerOptions
  readonly host?: string
  readonly tls?: TlsSettings
  readonly target?: Partial<Target>
}

/** Starts a server, dials it, and waits until a failed attempt has left nothing open. */
async function attempt({ server: options, host = "pg.test", tls, target }: Attempt) {
  await using server = await listenTls({ ...pgTest, ...options })
  const wanted: Target = {
    host,
    address: "127.0.0.1",
    port: server.port,
    user: "app",
    encryption: "tls",
    connectTimeoutMs: 5_000,
    tls: { ca: [authority.pem], ...tls },
    ...target,
  }
  try {
    const result = await dial(wanted)
    dialed.push(result)
    await until(() => server.serverNames.length === 1, "the server's side of the handshake")
    return { ...result, serverName: server.serverNames[0] }
  } catch (error) {
    await until(() => server.open.size === 0, "the server's side closed")
    throw error
  }
}

async function failure(wanted: Attempt): Promise<DatabaseConnectionError> {
  const error = await attempt(wanted).then(
    () => new Error("dial succeeded"),
    (thrown: unknown) => thrown,
  )
  if (error instanceof DatabaseConnectionError) return error
  throw error
}

test("a secured socket reports its encryption", async () => {
  const { socket, tls, address, deadline } = await attempt({})
  expect(deadline.phase).toBe("startup")
  expect(address).toBe("127.0.0.1")
  expect(tls).toEqual({
    protocol: "TLSv1.3",
    cipher: (socket as TLSSocket).getCipher().name,
    peerCertificate: {
      subject: "O=test, CN=pg.test",
      issuer: "CN=test root",
      subjectAltName: "DNS:pg.test",
      validFrom: expect.stringMatching(/GMT$/),
      validTo: expect.stringMatching(/GMT$/),
      fingerprint256: expect.stringMatching(/^([0-9A-F]{2}:){31}[0-9A-F]{2}$/),
    },
  })
  expect((socket as TLSSocket).alpnProtocol).toBe("postgresql")
  expect(socket.listenerCount("data")).toBe(0)
  // Channel binding reads it later: on Node 20 getPeerX509Certificate() would have consumed it.
  expect((socket as TLSSocket).getPeerCertificate().raw).toBeInstanceOf(Buffer)
})

test("bytes flow both ways, and early bytes of the server reach a listener added later", async () => {
  await using server = await listenTls({ ...pgTest, onSecure: (secured) => secured.pipe(secured).write("hello ") })
  const result = await dial({
    host: "pg.test",
    address: "127.0.0.1",
    port: server.port,
    user: "app",
    encryption: "tls",
    tls: { ca: [authority.pem] },
  })
  dialed.push(result)
  await until(() => result.socket.bytesRead > 0, "the server's bytes")
  result.socket.write("you")
  let received = ""
  result.socket.on("data", (chunk) => {
    received += chunk
  })
  await until(() => received === "hello you", "the echo")
})

describe("verification accepts", () => {
  test.each<[what: string, wanted: () => Promise<Attempt>]>([
    ["full: the name", async () => ({ tls: { verify: "full" } })],
    ["full is the default", async () => ({})],
    ["full: a wildcard", async () => ({ host: "a.wild.test", server: await authority.issue({ dns: ["*.wild.test"] }) })],
    ["full: a wildcard above a top-level domain, which Node refuses", async () => ({ server: await authority.issue({ dns: ["*.test"] }) })],
    ["full: an address", async () => ({ host: "127.0.0.1", server: await authority.issue({ ip: ["127.0.0.1", "::1"] }) })],
    [
      "full: an address as common name, which Node refuses",
      async () => ({ host: "127.0.0.1", server: await authority.issue({ cn: "127.0.0.1", dns: ["other"] }) }),
    ],
    ["full: a common name without a SAN", async () => ({ host: "cn.test", server: await authority.issue({ cn: "cn.test" }) })],
    ["ca: whatever the name", async () => ({ host: "other.test", tls: { verify: "ca" } })],
    ["ca: one of several roots", async () => ({ tls: { verify: "ca", ca: [other.pem, authority.pem] } })],
    ["none: another root", async () => ({ tls: { verify: "none", ca: [other.pem] } })],
    [
      "none: no root at all, another name, expired",
      async () => ({ host: "other.test", tls: { verify: "none", ca: undefined }, server: await authority.issue({ validDays: -1 }) }),
    ],
    ["a revocation list without this certificate", async () => ({ tls: { crl: [await authority.revoke(await authority.issue({}))] } })],
    ["TLS 1.2 for a server that has no more", async () => ({ server: { maxVersion: "TLSv1.2" } })],
    ["a server without ALPN, after SSLRequest", async () => ({ server: { alpn: [] } })],
    ["direct TLS", async () => ({ server: { direct: true }, tls: { negotiation: "direct" } })],
  ])("%s", async (_what, wanted) => {
    const { socket } = await attempt(await wanted())
    expect((socket as TLSSocket).encrypted).toBe(true)
  })
})

describe("verification refuses", () => {
  const UNTRUSTED = { code: "PGSD_TLS_UNTRUSTED", retryable: false }
  const HOSTNAME = { code: "PGSD_TLS_HOSTNAME", retryable: false }
  test.each<[what: string, wanted: () => Promise<Attempt>, expected: object, text: string]>([
    [
      "another root",
      async () => ({ tls: { ca: [other.pem] } }),
      UNTRUSTED,
      "(give the authority that signed it as trusted root (sslrootcert))",
    ],
    ["ca: another root", async () => ({ tls: { verify: "ca", ca: [other.pem] } }), UNTRUSTED, "unable to verify the first certificate"],
    [
      "an expired certificate",
      async () => ({ server: await authority.issue({ dns: ["pg.test"], validDays: -1 }) }),
      UNTRUSTED,
      "certificate has expired",
    ],
    [
      "ca: an expired certificate",
      async () => ({ server: await authority.issue({ validDays: -1 }), tls: { verify: "ca" } }),
      UNTRUSTED,
      "certificate has expired",
    ],
    ["a revoked certificate", async () => ({ tls: { crl: [await authority.revoke(pgTest)] } }), UNTRUSTED, "certificate revoked"],
    [
      "ca: a revoked certificate",
      async () => ({ tls: { verify: "ca", crl: [await authority.revoke(pgTest)] } }),
      UNTRUSTED,
      "certificate revoked",
    ],
    [
      "a revocation list of another authority",
      async () => ({ tls: { crl: [await other.revoke()] } }),
      UNTRUSTED,
      "unable to get certificate CRL",
    ],
    [
      "another name",
      async () => ({ host: "other.test" }),
      HOSTNAME,
      'server certificate for "pg.test" does not match host name "other.test"',
    ],
    [
      "a name by its address",
      async () => ({ host: "127.0.0.1" }),
      HOSTNAME,
      'server certificate for "pg.test" (and 1 other name) does not match host name "127.0.0.1"',
    ],
    [
      "a wildcard for two labels",
      async () => ({ host: "a.b.wild.test", server: await authority.issue({ dns: ["*.wild.test"] }) }),
      HOSTNAME,
      "does not match",
    ],
    [
      "a common name beside a dNSName",
      async () => ({ host: "cn.test", server: await authority.issue({ cn: "cn.test", dns: ["x"] }) }),
      HOSTNAME,
      "does not match",
    ],
    [
      "a wildcard inside a label, which Node takes",
      async () => ({ host: "foo.example.com", server: await authority.issue({ dns: ["f*.example.com"] }) }),
      HOSTNAME,
      "does not match",
    ],
    [
      "a version too old",
      async () => ({ server: { maxVersion: "TLSv1.2" }, tls: { minVersion: "TLSv1.3" } }),
      { code: "PGSD_TLS_FAILED" },
      "do both sides share a TLS version",
    ],
    [
      "another protocol by ALPN",
      async () => ({ server: { alpn: ["http/1.1"] } }),
      { code: "PGSD_TLS_FAILED" },
      "(do both sides share a TLS version",
    ],
    [
      "direct TLS without ALPN",
      async () => ({ server: { direct: true, alpn: [] }, tls: { negotiation: "direct" } }),
      { code: "PGSD_TLS_FAILED" },
      "ALPN",
    ],
  ])("%s", async (_what, wanted, expected, text) => {
    const error = await failure(await wanted())
    expect(error).toMatchObject({ ...expected, phase: "tls", address: "127.0.0.1", user: "app" })
    expect(error.message).toContain(text)
  })

  test("ignores NODE_TLS_REJECT_UNAUTHORIZED=0", async () => {
    process.env.NODE_TLS_REJECT_UNAUTHORIZED = "0"
    try {
      expect(await failure({ tls: { ca: [other.pem] } })).toMatchObject(UNTRUSTED)
      expect(await failure({ host: "other.test" })).toMatchObject(HOSTNAME)
    } finally {
      delete process.env.NODE_TLS_REJECT_UNAUTHORIZED
    }
  })
})

describe("the host name in the handshake (SNI)", () => {
  test.each<[what: string, wanted: Attempt, sent: string | false]>([
    ["is the host's, even with an address", {}, "pg.test"],
    ["is not sent when the target says so", { tls: { sni: false } }, false],
    ["is never an IPv4 address", { host: "127.0.0.1", tls: { verify: "none" } }, false],
    ["is never an IPv6 address", { host: "::1", tls: { verify: "none" } }, false],
  ])("%s", async (_what, wanted, sent) => {
    const { serverName } = await attempt(wanted)
    expect(serverName).toBe(sent)
  })
})

test("the client's key may be a secret, and encrypted", async () => {
  const { cert, key } = await authority.issue({ cn: "app" })
  const encrypted = createPrivateKey(key).export({ type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase: "hunter2" }).toString()
  const server: TlsServerOptions = { requestCert: true, ca: authority.pem }
  await attempt({ server, tls: { cert, key: secret(key) } })
  await attempt({ server, tls: { cert, key: secret(encrypted), passphrase: secret("hunter2") } })
})
