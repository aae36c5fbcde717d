import assert from "node:assert/strict"
import { readFileSync } from "node:fs"
import { describe, it } from "vitest"
import { importsOf, readLayers, violations } from "./check-layers.ts"

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

  it("finds the tree as drawn", () => {
    assert.deepEqual(violations(), [])
  })
})
