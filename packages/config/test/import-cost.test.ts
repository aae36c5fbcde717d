import { afterAll, beforeAll, expect, test } from "vitest"
import { type BuiltPackage, builtPackage, measureImportCpu } from "./support/built-package.ts"

let built: BuiltPackage
beforeAll(async () => {
  built = await builtPackage()
})
afterAll(() => built.remove())

// zod, jiti and the keystore are not installed beside the built package, so loading one would fail.
test("the package works without a configuration file and without its dependencies", () => {
  const { output } = built.run(`
    import { createConfigurationManager, explainConnection, formatConnectionString, parseConnectionString, resolveConnection } from "@pgsd/config"
    const connection = await resolveConnection({ connection: "postgres://u:pw@127.0.0.1/db", env: {} })
    const configuration = await createConfigurationManager({ file: false, env: { PGSD_SOURCE_URL: "host=127.0.0.1 user=u" } }).getConfiguration()
    console.log(connection.hosts[0].port, explainConnection(connection)[0].value, formatConnectionString(parseConnectionString("host=h")))
    console.log(Object.keys(configuration.databases).join())
  `)
  expect(output).toBe("5432 u postgresql://h\nsource\n")
})

test("the import loads nothing heavy: no network, no TLS, no processes", () => {
  const { output } = built.run(`
    await import("@pgsd/driver") // its node:util loads more on newer Nodes
    const before = new Set(process.moduleLoadList)
    await import("@pgsd/config")
    console.log(process.moduleLoadList.filter((each) => !before.has(each)).join("\\n"))
  `)
  const loaded = output.split("\n").map((line) => line.replace(/^.* /, ""))
  expect(loaded.filter((name) => ["net", "tls", "crypto", "child_process", "os", "dns", "http", "worker_threads"].includes(name))).toEqual(
    [],
  )
})

// The published figure is the wall time of scripts/import-cost.ts on a quiet machine; a ratio also holds on a busy one.
test("the import takes less CPU time than starting Node itself", () => {
  const { emptyMs, importMs } = measureImportCpu(built, 9)
  expect(importMs - emptyMs).toBeLessThan(emptyMs)
})
