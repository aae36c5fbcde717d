import assert from "node:assert/strict"
import { existsSync, readFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { describe, it } from "vitest"
import { pages, root } from "./docs-blocks.ts"

/** Targets of the relative links and pictures of a Markdown text, without their fragments. */
function linksOf(markdown: string): string[] {
  const prose = markdown.replace(/^```[\s\S]*?^```/gm, "").replace(/`[^`\n]*`/g, "")
  return [...prose.matchAll(/\]\(([^)\s]+)\)|\bsrc(?:set)?="([^"]+)"/g)]
    .map((match) => (match[1] ?? match[2])!.split("#")[0]!)
    .filter((link) => link !== "" && !/^[a-z]+:/.test(link))
}

describe("the documentation's links", () => {
  it("are found in prose, not in code", () => {
    assert.deepEqual(linksOf('[a](b.md#c) [d](https://e) `[f](g)`\n<img src="j.png">\n```\n[h](i)\n```\n'), ["b.md", "j.png"])
  })

  for (const page of pages())
    it(`${page} links to files that exist`, () => {
      const missing = linksOf(readFileSync(`${root}/${page}`, "utf8")).filter((link) => !existsSync(join(root, dirname(page), link)))
      assert.deepEqual(missing, [])
    })
})
