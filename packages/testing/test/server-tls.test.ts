import { readFileSync } from "node:fs"
import { type ConnectionOptions, connect as connectTls } from "node:tls"
import { type PostgresServer, postgresServer } from "@pgsd/testing/server"
import pg from "pg"
import { afterAll, beforeAll, expect, test } from "vitest"

let server: PostgresServer

beforeAll(async () => {
  server = await postgresServer({
    tls: true,
    users: [{ name: "app" }, { name: "only_tls", password: "x" }],
    hba: [
      "hostssl all app all cert",
      "hostssl all only_tls all scram-sha-256",
      "hostnossl all only_tls all reject",
      "host all all all scram-sha-256",
    ],
  })
})

afterAll(() => server?.close())

async function connect(settings: pg.ClientConfig): Promise<string> {
  const { port, user, password, database } = server
  const client = new pg.Client({ host: "localhost", port, user, password, database, ...settings })
  client.on("error", () => undefined)
  // After a failed connect() there is nothing to end, and end() may never resolve.
  await client.connect()
  const { rows } = await client.query("SELECT coalesce(version, 'plain') AS tls FROM pg_stat_ssl WHERE pid = pg_backend_pid()")
  await client.end()
  return rows[0].tls
}

/** Direct TLS (sslnegotiation=direct): the client's verdict on the certificate for a name. */
function handshake(servername: string, options: ConnectionOptions = {}, port = server.port): Promise<string> {
  return new Promise((resolve) => {
    const socket = connectTls({ host: "127.0.0.1", port, ca: server.tls!.ca, servername, ALPNProtocols: ["postgresql"], ...options })
    socket.once("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message))
    socket.once("secureConnect", () => {
      resolve(`${socket.authorized ? "authorized" : socket.authorizationError} ${socket.alpnProtocol}`)
      socket.destroy()
    })
  })
}

test.each(["localhost", "127.0.0.1", "::1"])("the certificate is valid for %s", async (host) => {
  expect(await connect({ host, ssl: { ca: server.tls!.ca } })).toBe("TLSv1.3")
})

test("url() and target() require verified TLS; the authority is available as a file", async () => {
  const { tls } = server
  expect(readFileSync(tls!.caFile, "utf8")).toBe(tls!.ca)
  expect(await connect({ connectionString: server.url() })).toBe("TLSv1.3")
  expect(server.target({ user: "app" })).toMatchObject({ encryption: "tls", tls: { verify: "full", ca: [tls!.ca] }, user: "app" })
})

test("connections without TLS work if pg_hba.conf allows them", async () => {
  expect(await connect({ ssl: false })).toBe("plain")
  await expect(connect({ user: "only_tls", password: "x", ssl: false })).rejects.toMatchObject({ code: "28000" })
  expect(await connect({ user: "only_tls", password: "x", ssl: { ca: server.tls!.ca } })).toBe("TLSv1.3")
})

test("a client that trusts another authority refuses the certificate", async () => {
  await expect(connect({ ssl: { ca: server.tls!.otherCa } })).rejects.toMatchObject({ code: "SELF_SIGNED_CERT_IN_CHAIN" })
})

test("client certificates: the right name logs in; others, expired and foreign ones do not", async () => {
  const tls = server.tls!
  const as = async (user: string, options = {}) =>
    connect({ user: "app", ssl: { ca: tls.ca, ...(await tls.clientCertificate(user, options)) } })
  expect(await as("app")).toBe("TLSv1.3")
  await expect(as("somebody")).rejects.toMatchObject({ code: "28000" })
  await expect(connect({ user: "app", ssl: { ca: tls.ca } })).rejects.toMatchObject({ code: "28000" })
  await expect(as("app", { expired: true })).rejects.toThrow()
  await expect(as("app", { untrusted: true })).rejects.toThrow()
})

test.each([
  ["another name", { names: ["db.example.com"] }, "ERR_TLS_CERT_ALTNAME_INVALID"],
  ["another address", { names: ["10.0.0.1"], cn: "other" }, "ERR_TLS_CERT_ALTNAME_INVALID"],
  ["no alternative name and another common name", { names: [], cn: "db.example.com" }, "ERR_TLS_CERT_ALTNAME_INVALID"],
  ["an unknown authority", { untrusted: true }, "UNABLE_TO_VERIFY_LEAF_SIGNATURE"],
  ["a validity that has passed", { expired: true }, "CERT_HAS_EXPIRED"],
])("reissue() gives the running server a certificate with %s", async (_what, options, code) => {
  const before = server.tls!.certificate
  await server.tls!.reissue(options)
  expect(server.tls!.certificate).not.toBe(before)
  await expect(connect({ ssl: { ca: server.tls!.ca } })).rejects.toMatchObject({ code })
  await server.tls!.reissue({})
  expect(await connect({ ssl: { ca: server.tls!.ca } })).toBe("TLSv1.3")
})

test("clients see wildcard names, addresses and a common name alone; direct TLS works", async () => {
  expect(await handshake("localhost")).toBe("authorized postgresql")
  await server.tls!.reissue({ names: ["*.example.com", "10.0.0.1"], cn: "any" })
  expect(await handshake("db.example.com")).toBe("authorized postgresql")
  expect(await handshake("a.b.example.com")).toBe("ERR_TLS_CERT_ALTNAME_INVALID")
  expect(await handshake("any")).toBe("ERR_TLS_CERT_ALTNAME_INVALID")
  await server.tls!.reissue({ names: [], cn: "db.example.com" })
  expect(await handshake("db.example.com")).toBe("authorized postgresql")
  await server.tls!.reissue({})
})

test("a revocation list makes clients refuse exactly the listed certificates", async () => {
  const tls = server.tls!
  expect(await handshake("localhost", { crl: await tls.revocationList() })).toBe("authorized postgresql")
  expect(await handshake("localhost", { crl: await tls.revocationList([tls.certificate]) })).toBe("CERT_REVOKED")
})

test("certificate options may be given at the start; unknown ones are refused", async () => {
  await using named = await postgresServer({ tls: { names: ["db.example.com"], cn: "other" } })
  expect(await handshake("db.example.com", { ca: named.tls!.ca }, named.port)).toBe("authorized postgresql")
  await expect(postgresServer({ tls: { name: ["x"] } as never })).rejects.toMatchObject({
    code: "PGSD_INVALID_OPTION",
    hint: 'did you mean "names"?',
  })
})
