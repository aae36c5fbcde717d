import assert from "node:assert/strict"
import { existsSync, readFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { describe, it } from "vitest"
import { pages, root } from "./docs-blocks.ts"
import { fileBehind, home } from "./publishing/published.ts"

/** The files behind links and images of a Markdown text: relative to its folder, or to the root (`/…`) for URLs of this repository. */
function linksOf(markdown: string): string[] {
  const prose = markdown.replace(/^```[\s\S]*?^```/gm, "").replace(/`[^`\n]*`/g, "")
  return [...prose.matchAll(/\]\(([^)\s]+)\)|\bsrc(?:set)?="([^"]+)"/g)]
    .map((match) => (match[1] ?? match[2])!)
    .map((link) => (fileBehind(link) === undefined ? link.split("#")[0]! : `/${fileBehind(link)}`))
    .filter((link) => link !== "" && !/^[a-z]+:/.test(link))
}

describe("the documentation's links", () => {
  it("are found in prose, not in code", () => {
    assert.deepEqual(linksOf('[a](b.md#c) [d](https://e) `[f](g)`\n<img src="j.png">\n```\n[h](i)\n```\n'), ["b.md", "j.png"])
    assert.deepEqual(linksOf(`[a](${home()}/blob/main/docs/errors.md#b)`), ["/docs/errors.md"])
  })

  for (const page of pages())
    it(`${page} links to files that exist`, () => {
      const missing = linksOf(readFileSync(`${root}/${page}`, "utf8")).filter(
        (link) => !existsSync(link.startsWith("/") ? join(root, link) : join(root, dirname(page), link)),
      )
      assert.deepEqual(missing, [])
    })
})
