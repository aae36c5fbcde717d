import type { Parameters } from "@pgsd/config"
import { expect, onTestFinished, test } from "vitest"
import { MORE, VERIFIED } from "./cases.ts"
import { openLibpq } from "./libpq.ts"
import { writeMaterial } from "./material.ts"
import { inOrder, PASSWORD, Servers } from "./servers.ts"

// The matrix expects what the real library does with the same parameters on the same servers.
test("libpq 18 itself has the outcomes of the matrix", { timeout: 120_000 }, async (context) => {
  const libpq = openLibpq()
  if (typeof libpq === "string") {
    if (process.env.CI) throw new Error(`cannot compare with libpq: ${libpq}`)
    return context.skip(`cannot compare with libpq: ${libpq}`)
  }
  onTestFinished(() => libpq.close())
  const servers = await Servers.start()
  onTestFinished(() => servers.close())
  const material = await writeMaterial(servers.main.tls!)
  onTestFinished(() => material.remove())
  const differences: string[] = []
  // Only root can create a key that belongs to root and is readable by its group.
  for (const tlsCase of inOrder([...VERIFIED, ...MORE]).filter(({ sslkey }) => sslkey !== "0640 root-owned")) {
    const { port } = await servers.of(tlsCase.server)
    const { connection, env } = material.options(tlsCase, { port, password: PASSWORD })
    const params = { ...(connection as Parameters & Record<string, string>) }
    // The matrix injects the names; libpq has to dial them.
    if (params.host !== undefined) params.hostaddr ??= "127.0.0.1"
    const { ok, encrypted, error } = await libpq.connect(params, env!.HOME!)
    const expected = tlsCase.expect === undefined ? "refused" : tlsCase.expect.encrypted ? "TLS" : "plain"
    const outcome = !ok ? "refused" : encrypted ? "TLS" : "plain"
    if (outcome !== expected) differences.push(`${tlsCase.id}: expected ${expected}, libpq ${outcome} ${error}`)
  }
  expect(differences).toEqual([])
})
