import { inspect } from "node:util"
import { PgsdError, secret, type Target } from "@pgsd/driver"
import { dial, validateTarget } from "@pgsd/driver/socket"
import { describe, expect, test } from "vitest"

const good: Target = { host: "db.test", user: "app" }
const CA = ["-----BEGIN CERTIFICATE-----"]

test.each<[what: string, target: Target]>([
  ["the least", good],
  [
    "everything",
    {
      host: "db.test",
      address: "::1",
      port: 65_535,
      user: "app",
      database: "d",
      password: secret("x"),
      encryption: "tls",
      tls: {
        negotiation: "direct",
        verify: "ca",
        ca: CA,
        crl: CA,
        cert: "c",
        key: secret("k"),
        passphrase: "p",
        sni: false,
        minVersion: "TLSv1.3",
      },
      auth: { channelBinding: "require", requireAuth: { kind: "deny", methods: ["md5", "none"] } },
      startup: { application_name: "", client_encoding: "UTF8", "my.setting": "x" },
      connectTimeoutMs: Number.POSITIVE_INFINITY,
      keepAlive: { enabled: true, idleMs: 1 },
      maxProtocolVersion: "3.0",
      label: "source",
    },
  ],
  ["keys that are undefined", { ...good, port: undefined, tls: undefined, label: undefined }],
  ["a Unix socket with TLS, which is ignored", { ...good, host: "/tmp", encryption: "tls" }],
  ["an abstract Unix socket", { ...good, host: "@pg" }],
  ["TLS that verifies nothing", { ...good, encryption: "tls", tls: { verify: "none" } }],
])("accepts a valid target: %s", (_what, target) => {
  expect(() => validateTarget(target)).not.toThrow()
})

describe("refuses an invalid target before anything is opened", () => {
  test.each<[what: string, target: unknown, text: string]>([
    ["nothing", undefined, "a target must be an object"],
    ["a connection string", "postgres://app:hunter2@db/d", "a target must be an object"],
    ["a misspelt key", { ...good, hots: "x" }, 'a target has no "hots" (did you mean "host"?)'],
    ["a key of another library", { ...good, connectionString: "postgres://app:hunter2@db/d" }, 'a target has no "connectionString"'],
    ["no host", { user: "app" }, "host must be a string"],
    ["an empty host", { ...good, host: "" }, "host is empty"],
    ["a host with NUL", { ...good, host: "db\0" }, "host contains a NUL character"],
    ["a host with a space", { ...good, host: "db .test" }, "host contains white space"],
    ["a URI as host", { ...good, host: "postgres://app:hunter2@db/d" }, "host looks like a connection string (read it with @pgsd/config)"],
    ["a DSN as host", { ...good, host: "host=db password=hunter2" }, "host looks like a connection string"],
    ["a list of hosts", { ...good, host: "a,b" }, "host looks like a list"],
    ["brackets", { ...good, host: "[::1]" }, "host is in brackets"],
    ["a path too long for the kernel", { ...good, host: `/${"x".repeat(120)}` }, "the path of the Unix socket is longer than"],
    ["a name as address", { ...good, address: "db.test" }, "address must be an IP address (put a host name into host)"],
    ["port 0", { ...good, port: 0 }, "port must be an integer from 1 to 65535"],
    ["port 65536", { ...good, port: 65_536 }, "port must be"],
    ["a port with a fraction", { ...good, port: 1.5 }, "port must be"],
    ["a port as text", { ...good, port: "5432" }, "port must be"],
    ["no user", { host: "db.test" }, "user must be a string"],
    ["an empty user", { ...good, user: "" }, "user is empty"],
    ["a user with NUL", { ...good, user: "a\0database\0b" }, "user contains a NUL character"],
    ["an empty database", { ...good, database: "" }, "database is empty"],
    ["a password that is a number", { ...good, password: 42 }, "password must be a string, a secret or a function"],
    ["an unknown encryption", { ...good, encryption: "ssl" }, 'encryption must be one of "plain", "tls"'],
    ["TLS that would verify with nothing", { ...good, encryption: "tls" }, "tls.ca is needed to verify the server's certificate"],
    ["TLS with an empty list of roots", { ...good, encryption: "tls", tls: { verify: "ca", ca: [] } }, "tls.ca is needed"],
    ["an unknown TLS key", { ...good, tls: { rejectUnauthorized: false } }, 'tls has no "rejectUnauthorized"'],
    ["an unknown verification", { ...good, tls: { verify: "name" } }, 'tls.verify must be one of "none", "ca", "full"'],
    ["roots as one text", { ...good, tls: { ca: "pem" } }, "tls.ca must be an array of PEM strings"],
    ["roots as buffers", { ...good, tls: { ca: [Buffer.from("pem")] } }, "each of tls.ca must be a string"],
    ["a certificate without a key", { ...good, tls: { cert: "c" } }, "tls.cert and tls.key belong together"],
    ["a key that is a buffer", { ...good, tls: { cert: "c", key: Buffer.from("hunter2") } }, "tls.key must be a string or a secret"],
    ["an unknown TLS version", { ...good, tls: { minVersion: "SSLv3" } }, "tls.minVersion must be one of"],
    ["a TLS range upside down", { ...good, tls: { maxVersion: "TLSv1.1" } }, "tls.maxVersion is lower than tls.minVersion"],
    ["sni that is a name", { ...good, tls: { sni: "db" } }, "tls.sni must be true or false"],
    ["an unknown channel binding", { ...good, auth: { channelBinding: "yes" } }, "auth.channelBinding must be one of"],
    [
      "an unknown method",
      { ...good, auth: { requireAuth: { kind: "allow", methods: ["scram"] } } },
      "each of auth.requireAuth.methods must be",
    ],
    ["a rule without a kind", { ...good, auth: { requireAuth: { methods: [] } } }, "auth.requireAuth.kind must be one of"],
    ["startup settings that are numbers", { ...good, startup: { geqo: 1 } }, 'startup["geqo"] must be a string'],
    ["a startup setting with NUL", { ...good, startup: { options: "a\0user\0root" } }, 'startup["options"] contains a NUL character'],
    ["the user twice", { ...good, startup: { user: "root" } }, 'startup may not hold "user"'],
    ["another encoding", { ...good, startup: { client_encoding: "LATIN1" } }, "startup.client_encoding must be UTF8"],
    [
      "no time to connect",
      { ...good, connectTimeoutMs: 0 },
      "connectTimeoutMs must be a number of milliseconds greater than 0, or Infinity",
    ],
    ["an invalid connect timeout", { ...good, connectTimeoutMs: Number.NaN }, "connectTimeoutMs must be"],
    ["keepalive that is a boolean", { ...good, keepAlive: true }, "keepAlive must be an object"],
    ["keepalive without a choice", { ...good, keepAlive: {} }, "keepAlive.enabled must be true or false"],
    [
      "a keepalive that never comes",
      { ...good, keepAlive: { enabled: true, idleMs: Number.POSITIVE_INFINITY } },
      "keepAlive.idleMs must be",
    ],
  ])("%s", async (_what, target, text) => {
    const error = await dial(target as Target, { lookup: () => expect.unreachable("nothing may be looked up") }).catch(
      (thrown: unknown) => thrown,
    )
    expect(error).toBeInstanceOf(PgsdError)
    expect(error).toMatchObject({ code: "PGSD_INVALID_TARGET", retryable: false })
    expect((error as Error).message).toContain(text)
    expect(inspect(error, { depth: 9 })).not.toContain("hunter2")
  })
})
