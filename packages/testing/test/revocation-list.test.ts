import { X509Certificate } from "node:crypto"
import { X509Crl } from "@peculiar/x509"
import { expect, test } from "vitest"
import { Certificates } from "../src/server/tls/certificates.ts"

// Half of all serial numbers have the high bit set, so sixteen certificates are certain to include some.
test("a revocation list identifies certificates by serial number, including those with the high bit set", async () => {
  const certificates = await Certificates.create()
  const issued = await Promise.all(Array.from({ length: 16 }, () => certificates.forServer({})))
  const list = new X509Crl(await certificates.revocationList(issued.map(({ cert }) => cert)))
  const number = (hex: string) => BigInt(`0x${hex}`)
  expect(list.entries.map(({ serialNumber }) => number(serialNumber))).toEqual(
    issued.map(({ cert }) => number(new X509Certificate(cert).serialNumber)),
  )
  expect(list.entries.some(({ serialNumber }) => serialNumber.startsWith("00"))).toBe(true)
})
