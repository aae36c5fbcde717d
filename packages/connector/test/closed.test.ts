import { createDatabaseConnector } from "@pgsd/connector"
import { fakeDriver, mockDatabaseConnector } from "@pgsd/testing"
import { expect, test } from "vitest"

const KINDS = {
  "a connector": async () => createDatabaseConnector(await fakeDriver().connect({ host: "db", user: "app" })),
  "the mock": async () => mockDatabaseConnector(),
}

test.each(Object.entries(KINDS))("an unawaited call on %s that was closed is refused and ends no process", async (_, open) => {
  const unhandled: unknown[] = []
  const note = (reason: unknown) => void unhandled.push(reason)
  process.on("unhandledRejection", note)
  try {
    const connector = await open()
    await connector.close()
    const late = [connector.query("SELECT 1"), connector.one("SELECT 1"), connector.batch(["SELECT 1"]), connector.notify("news")]
    await new Promise((resolve) => setImmediate(resolve))
    expect(unhandled).toEqual([])
    for (const each of await Promise.allSettled(late)) expect(each).toMatchObject({ reason: { code: "PGSD_CONNECTOR_CLOSED" } })
  } finally {
    process.off("unhandledRejection", note)
  }
})

test.each(Object.entries(KINDS))("a signal that has fired ends every call on %s with its reason, asked before or not", async (_, open) => {
  const connector = await open()
  await connector.getFlavour().catch(() => {})
  const reason = new Error("stopped")
  const signal = AbortSignal.abort(reason)
  const calls = [
    connector.getVersion({ signal }),
    connector.getFlavour({ signal }),
    connector.checkPermissions({ signal }),
    connector.verifySchemaAccess("public", { signal }),
    connector.testConnection({ signal }),
    connector.proveReadOnly({ signal }),
  ]
  for (const each of await Promise.allSettled(calls)) expect(each).toEqual({ status: "rejected", reason })
  await connector.close()
})
