import { createPrivateKey } from "node:crypto"
import { inspect } from "node:util"
import { DatabaseConnectionError, type Target, type TlsSettings } from "@pgsd/driver"
import { dial } from "@pgsd/driver/socket"
import { beforeAll, expect, test } from "vitest"
import { tlsContext } from "../../src/socket/dial/tls-context.ts"
import { type Authority, certificateAuthority, type Identity } from "../support/certificates.ts"
import { listen } from "../support/test-server.ts"

let authority: Authority
let other: Authority
let pgTest: Identity

beforeAll(async () => {
  authority = await certificateAuthority("test root")
  other = await certificateAuthority("another root")
  pgTest = await authority.issue({ dns: ["pg.test"] })
})

test.each<[what: string, change: (identity: Identity, another: Identity) => Partial<TlsSettings>]>([
  ["a key of another certificate", ({ cert }, another) => ({ cert, key: another.key })],
  ["a wrong passphrase", ({ cert, key }) => ({ cert, key: encrypt(key), passphrase: "hunter3" })],
  ["no passphrase", ({ cert, key }) => ({ cert, key: encrypt(key) })],
  ["an invalid certificate", ({ key }) => ({ cert: "hunter2", key })],
  ["invalid roots", () => ({ ca: ["-----BEGIN CERTIFICATE-----\nhunter2\n-----END CERTIFICATE-----\n"] })],
  ["an invalid revocation list", () => ({ crl: ["hunter2"] })],
])("%s is refused before anything is opened, and not shown", async (_what, change) => {
  await using server = await listen(() => {})
  const tls = { ca: [authority.pem], ...change(pgTest, await authority.issue({})) }
  const target: Target = { host: "127.0.0.1", port: server.port, user: "app", encryption: "tls", tls }
  const error = await dial(target).catch((thrown: unknown) => thrown)
  expect(error).toBeInstanceOf(DatabaseConnectionError)
  expect(error).toMatchObject({ code: "PGSD_INVALID_TARGET", phase: "tls", retryable: false })
  expect(inspect(error, { depth: 9 })).not.toMatch(/hunter|PRIVATE KEY/)
  expect(server.accepted).toBe(0)
})

test("the roots are parsed once for all connections with the same settings", () => {
  const ca = [authority.pem]
  const at = { host: "pg.test" }
  const first = tlsContext({ ca }, at)
  expect(tlsContext({ ca }, at)).toBe(first)
  expect(tlsContext({ ca, maxVersion: "TLSv1.2" }, at)).not.toBe(first)
  ca[0] = other.pem
  expect(tlsContext({ ca, maxVersion: "TLSv1.2" }, at)).not.toBe(tlsContext({ ca: [authority.pem], maxVersion: "TLSv1.2" }, at))
})

function encrypt(key: string): string {
  return createPrivateKey(key).export({ type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase: "hunter2" }).toString()
}
