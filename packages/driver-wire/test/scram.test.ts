import { createHash, createHmac, pbkdf2Sync } from "node:crypto"
import { describe, expect, test } from "vitest"
import { ScramClient } from "../src/login/scram-client.ts"
import { scramKeys } from "../src/login/scram-keys.ts"
import { serverEndPoint } from "../src/login/server-end-point.ts"

// RFC 7677, section 3, except for the user name, which PostgreSQL takes from the startup packet: proof and signature are of `n=`.
const NONCE = "rOprNGfwEbeRWgbNEkqO"
const CHALLENGE = `r=${NONCE}%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096`

describe("SCRAM-SHA-256", () => {
  test("the messages, and the proof that the server expects", async () => {
    const client = new ScramClient("impossible", NONCE)
    expect([client.mechanism, client.first]).toEqual(["SCRAM-SHA-256", `n,,n=,r=${NONCE}`])
    const final = await client.answer(CHALLENGE, "pencil")
    expect(final).toMatch(/^c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj\)hNlF\$k0,p=[A-Za-z0-9+/]{43}=$/)
    expect(() => client.verify(`v=${expectedSignature(client.first.slice(3), final)}`)).not.toThrow()
  })

  test.each([
    ["another signature", `v=${Buffer.alloc(32).toString("base64")}`, /signature is wrong/],
    ["a short one", "v=AAAA", /signature is wrong/],
    ["none", "", /signature is wrong/],
  ])("%s", async (_what, final, message) => {
    const client = new ScramClient("impossible", NONCE)
    await client.answer(CHALLENGE, "pencil")
    expect(() => client.verify(final)).toThrow(message)
  })

  test("a signature before the proof is refused", () => {
    expect(() => new ScramClient("impossible").verify("v=AAAA")).toThrow("before the client's proof")
  })

  test.each([
    ["impossible", "n,,", "biws"],
    ["not-offered", "y,,", "eSws"],
    [Buffer.from("hash"), "p=tls-server-end-point,,", Buffer.from("p=tls-server-end-point,,hash").toString("base64")],
  ] as const)("channel binding %s says %s", async (binding, header, c) => {
    const client = new ScramClient(binding, NONCE)
    expect(client.mechanism).toBe(Buffer.isBuffer(binding) ? "SCRAM-SHA-256-PLUS" : "SCRAM-SHA-256")
    expect(client.first).toBe(`${header}n=,r=${NONCE}`)
    expect(await client.answer(CHALLENGE, "pencil")).toContain(`c=${c},`)
  })

  test("every client has its own nonce", () => {
    const nonces = Array.from({ length: 100 }, () => new ScramClient("impossible").first)
    expect(new Set(nonces).size).toBe(100)
  })
})

describe("keys", () => {
  const salt = "W22ZaJ0SNY7soEsUEjb6gQ=="

  test("equal those of RFC 7677's exchange", async () => {
    const { serverKey } = await scramKeys("pencil", salt, 4096)
    expect(serverKey.toString("base64")).toBe("wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=")
  })

  test("are derived once per password, salt and iteration count", async () => {
    const first = scramKeys("pencil", salt, 4096)
    expect(scramKeys("pencil", salt, 4096)).toBe(first)
    for (const other of [scramKeys("pencil2", salt, 4096), scramKeys("pencil", "AAAA", 4096), scramKeys("pencil", salt, 4097)])
      expect((await other).clientKey).not.toEqual((await first).clientKey)
  })

  test("the cache is bounded: the oldest entry is removed first", async () => {
    const first = scramKeys("bounded", salt, 1)
    for (let iterations = 2; iterations < 100; iterations++) await scramKeys("bounded", salt, iterations)
    expect(scramKeys("bounded", salt, 1)).not.toBe(first)
    expect(await scramKeys("bounded", salt, 1)).toEqual(await first)
  })
})

describe("tls-server-end-point", () => {
  const der = (tag: number, ...parts: Buffer[]) => {
    const body = Buffer.concat(parts)
    const length = body.length < 128 ? Buffer.from([body.length]) : Buffer.from([0x82, body.length >> 8, body.length & 255])
    return Buffer.concat([Buffer.from([tag]), length, body])
  }
  const oid = (hex: string) => der(0x06, Buffer.from(hex, "hex"))
  const certificate = (...algorithm: Buffer[]) =>
    der(0x30, der(0x30, Buffer.alloc(700, 7)), der(0x30, ...algorithm), der(0x03, Buffer.alloc(65)))
  const pss = (...parameters: Buffer[]) => [oid("2a864886f70d01010a"), der(0x30, ...parameters)]
  const hashOf = (hex: string) => der(0xa0, der(0x30, oid(hex), der(0x05)))

  test.each<[string, string | undefined, Buffer[]]>([
    ["MD5 with RSA counts as SHA-256", "sha256", [oid("2a864886f70d010104"), der(0x05)]],
    ["SHA-1 with RSA counts as SHA-256", "sha256", [oid("2a864886f70d010105"), der(0x05)]],
    ["SHA-256 with RSA", "sha256", [oid("2a864886f70d01010b"), der(0x05)]],
    ["SHA-512 with RSA", "sha512", [oid("2a864886f70d01010d"), der(0x05)]],
    ["ECDSA with SHA-384", "sha384", [oid("2a8648ce3d040303")]],
    ["RSA-PSS with SHA-512", "sha512", pss(hashOf("608648016503040203"))],
    ["RSA-PSS without parameters is SHA-1", "sha256", pss()],
    ["RSA-PSS whose first parameter is another one", "sha256", pss(der(0xa2, der(0x02, Buffer.from([32]))))],
    ["Ed25519 has none", undefined, [oid("2b6570")]],
  ])("%s", (_what, hash, algorithm) => {
    const bytes = certificate(...algorithm)
    expect(serverEndPoint(bytes)).toEqual(hash && createHash(hash).update(bytes).digest())
  })

  test("without a certificate there is no end point", () => {
    expect(serverEndPoint(undefined)).toBeUndefined()
  })
})

/** Step by step after RFC 5802. */
function expectedSignature(bareFirst: string, final: string): string {
  const salted = pbkdf2Sync("pencil", Buffer.from("W22ZaJ0SNY7soEsUEjb6gQ==", "base64"), 4096, 32, "sha256")
  const serverKey = createHmac("sha256", salted).update("Server Key").digest()
  const authMessage = `${bareFirst},${CHALLENGE},${final.slice(0, final.lastIndexOf(",p="))}`
  return createHmac("sha256", serverKey).update(authMessage).digest("base64")
}
