import { createHash } from "node:crypto"
import { describe, expect, test } from "vitest"
import { diffHtml } from "../src/render/html/diff-html.ts"
import { factRows } from "../src/render/html/fact-rows.ts"
import type { PageData } from "../src/render/html/page-data.ts"
import { catalog, column, table, view } from "./support/objects.ts"
import { reportOf } from "./support/reports.ts"

const HOSTILE = `</script><script>alert(1)</script><img src=x onerror=alert(2)>'"\u202e\u0007&{{script}}`

describe("the comparison as an HTML page", () => {
  const hostile = reportOf(
    catalog([table(HOSTILE)], { notCompared: [{ kind: HOSTILE, count: 1 }] }),
    catalog([table(HOSTILE), column(HOSTILE, HOSTILE, { type: HOSTILE })]),
  )
  const page = diffHtml({ ...hostile, source: { ...hostile.source, place: HOSTILE, server: HOSTILE } })

  test("has one script, one style and its data, whatever the names of the objects", () => {
    expect(page.match(/<script/g)).toHaveLength(2)
    expect(page.match(/<\/script/g)).toHaveLength(2)
    expect(page).not.toContain("<img")
    expect(page).not.toContain("\u202e")
    expect(page).not.toContain("\u0007")
    expect(dataIn(page).schemas[0]!.objects[0]!.name).toBe(HOSTILE.replace("\u202e", "\\u{202e}").replace("\u0007", "\\u{7}"))
  })

  test("allows that script and that style, and nothing else", () => {
    const policy = /Content-Security-Policy" content="([^"]+)"/.exec(page)![1]
    const hash = (name: string) => {
      const text = new RegExp(`<${name}>([\\s\\S]*?)</${name}>`).exec(page)![1]!
      return `'sha256-${createHash("sha256").update(text).digest("base64")}'`
    }
    expect(policy).toBe(`default-src 'none'; style-src ${hash("style")}; script-src ${hash("script")}; base-uri 'none'; form-action 'none'`)
    expect(page.replace(/<script.*$/s, "")).not.toMatch(/<[^>]*\s(on\w+|style)=/)
    expect(page).not.toMatch(/https?:/)
  })

  test("counts by kind and change, and lists what was not compared", () => {
    const { counts, notCompared } = dataIn(
      diffHtml(
        reportOf(
          catalog([table("a"), view("v", "SELECT 1;")], { notCompared: [{ kind: "security labels", count: 2 }] }),
          catalog([table("b"), view("v", "SELECT 2;")]),
        ),
      ),
    )
    expect(counts).toEqual([
      { kind: "table", label: "tables", removed: 1, added: 1, changed: 0, compared: 2 },
      { kind: "view", label: "views", removed: 0, added: 0, changed: 1, compared: 1 },
    ])
    expect(notCompared).toEqual([["security labels", 2, 0]])
  })
})

describe("two sides of a fact", () => {
  test("have equal lines side by side, and changed words marked", () => {
    expect(factRows("a\nprice numeric(8,2)\nc", "a\nprice numeric(10,2)\nc\nd")).toEqual([
      ["a", "a"],
      [
        [
          ["price numeric(", false],
          ["8", true],
          [",2)", false],
        ],
        [
          ["price numeric(", false],
          ["10", true],
          [",2)", false],
        ],
      ],
      ["c", "c"],
      [null, [["d", true]]],
    ])
  })

  test("with next to nothing in common are marked as a whole", () => {
    expect(factRows("bigint", "text COLLATE de")).toEqual([[[["bigint", true]], [["text COLLATE de", true]]]])
  })

  test("are lists of items, or nothing", () => {
    expect(factRows(["new", "paid"], ["new", "packed", "paid"])).toEqual([
      ["new", "new"],
      [null, [["packed", true]]],
      ["paid", "paid"],
    ])
    expect(factRows(null, "x")).toEqual([[null, [["x", true]]]])
  })
})

function dataIn(page: string): PageData {
  return JSON.parse(/<script type="application\/json" id="data">(.*?)<\/script>/s.exec(page)![1]!)
}
