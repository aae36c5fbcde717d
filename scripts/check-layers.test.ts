import assert from "node:assert/strict"
import { readFileSync } from "node:fs"
import { describe, expect, it } from "vitest"
import { folderViolations, importsOf, listensAlone, readLayers, violations } from "./check-layers.ts"

describe("the layer check", () => {
  it("finds every kind of import, and only imports", () => {
    const text = [
      'import { a } from "@pgsd/driver"',
      'import type { B } from "@pgsd/pool"',
      'import "node:fs"',
      'export * from "@pgsd/config"',
      'const c = await import("@pgsd/manager")',
      'import { d } from "./near.ts"',
    ].join("\n")
    assert.deepEqual(importsOf(text), ["@pgsd/driver", "@pgsd/pool", "node:fs", "@pgsd/config", "@pgsd/manager"])
  })

  it("reads what ARCHITECTURE.md allows", () => {
    const layers = readLayers(readFileSync(new URL("../ARCHITECTURE.md", import.meta.url), "utf8"))
    assert.deepEqual(layers.get("driver"), { imports: [], testImports: [] })
    assert.deepEqual(layers.get("manager")?.imports, ["config", "connector", "pool", "driver"])
    assert.deepEqual(layers.get("testing")?.imports, ["driver"])
  })

  it("finds no violation in the repository", () => {
    assert.deepEqual(violations(), [])
  })
})

it("the folders of driver import the contract, never each other, and the main entry none of them", () => {
  expect(folderViolations("session/handle.ts", 'import type { Row } from "../contract.ts"\nimport { a } from "./scope.ts"')).toEqual([])
  expect(folderViolations("session/handle.ts", 'import { dial } from "../socket/dial.ts"')).toHaveLength(1)
  expect(folderViolations("open/search.ts", 'const { a } = await import("../session/index.ts")')).toHaveLength(1)
  expect(folderViolations("socket/socket-driver.ts", 'import { dial } from "./dial/dial.ts"')).toEqual([])
  expect(folderViolations("socket/login/opening.ts", 'import type { Tap } from "../protocol/tap.ts"')).toEqual([])
  expect(folderViolations("socket/dial/dial.ts", 'import { Opening } from "../login/opening.ts"')).toHaveLength(1)
  expect(folderViolations("socket/exchange/request.ts", 'import { Opening } from "../login/opening.ts"')).toHaveLength(1)
  expect(folderViolations("index.ts", 'export { sessionOf } from "./session/session-of.ts"')).toHaveLength(1)
})

it("packages listen to a signal only through onAbort()", () => {
  const text = 'signal.addEventListener("abort", stop, { once: true })'
  expect(listensAlone("packages/pool/src/core/callers.ts", text)).toBe(true)
  expect(listensAlone("packages/driver/src/on-abort.ts", text)).toBe(false)
  expect(listensAlone("packages/pool/src/core/callers.ts", "onAbort(signal, stop)")).toBe(false)
})
