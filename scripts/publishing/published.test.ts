import assert from "node:assert/strict"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { describe, it } from "vitest"
import { complete, faults, fileBehind, home, manifestText, published, root, withAddresses } from "./published.ts"

describe("published packages", () => {
  it("are all packages, and the program", () => {
    const names = published().map(({ manifest }) => manifest.name)
    assert.ok(names.includes("@pgsd/pool") && names.includes("@pgsd/cli"), names.join(", "))
  })

  for (const each of published()) {
    const { manifest, folder } = each
    it(`${manifest.name}: its manifest has all fields for the registry (otherwise run pnpm complete)`, () => {
      assert.deepEqual(faults(each), [])
      assert.equal(readFileSync(join(root, folder, "package.json"), "utf8"), manifestText(complete(each)))
    })

    it(`${manifest.name}: no link of its README is a path outside the package (otherwise run pnpm complete)`, () => {
      const readme = readFileSync(join(root, folder, "README.md"), "utf8")
      assert.equal(readme, withAddresses(folder, readme))
    })
  }

  it("a manifest without a field and a package without keywords are reported", () => {
    const [{ folder, manifest }] = published() as [ReturnType<typeof published>[number]]
    const { repository: _, ...without } = manifest
    assert.notEqual(manifestText(without as typeof manifest), manifestText(complete({ folder, manifest: without as typeof manifest })))
    assert.match(faults({ folder, manifest: { ...manifest, name: "@pgsd/new" } }).join(), /KEYWORDS/)
  })

  it("links become URLs in prose, not in code, and lead back to the file", () => {
    const before = '[a](../pool#x) [b](https://e) [c](#d) `[e](f)`\n<img src="../../docs/images/diff-dark.png">\n```\n[h](i)\n```\n'
    const after = withAddresses("packages/kysely", before)
    const place = home()
    assert.equal(
      after,
      `[a](${place}/tree/main/packages/pool#x) [b](https://e) [c](#d) \`[e](f)\`\n<img src="${place}/raw/main/docs/images/diff-dark.png">\n\`\`\`\n[h](i)\n\`\`\`\n`,
    )
    assert.equal(fileBehind(`${place}/tree/main/packages/pool#x`), "packages/pool")
    assert.equal(fileBehind("https://example.com/blob/main/x"), undefined)
  })
})
