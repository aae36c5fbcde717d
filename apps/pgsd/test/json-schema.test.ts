import { execFile } from "node:child_process"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { describe, expect, test } from "vitest"
import { OBJECT_KINDS } from "../src/model/catalog.ts"
import { diffJson } from "../src/render/diff-json.ts"
import { publishedSchema, violationsOf } from "./support/json-schema.ts"
import { catalog, column, table } from "./support/objects.ts"
import { reportOf } from "./support/reports.ts"

const folder = fileURLToPath(new URL("..", import.meta.url))

// kinds.test.ts validates the output for every kind of object on real servers.
describe("the published schema of diff --format json", () => {
  const violations = violationsOf("diff-1")
  const document = (): Record<string, unknown> =>
    JSON.parse(
      diffJson(
        reportOf(
          catalog([table("t"), column("t", "a", { type: "integer" })]),
          catalog([table("t"), column("t", "a", { type: "text" }), table("u")]),
        ),
      ),
    )

  test("describes a comparison", () => expect(violations(document())).toEqual([]))

  test("does not allow an unknown or missing field, another type, or a change without details", () => {
    expect(violations({ ...document(), more: 1 })).toEqual([expect.stringContaining("additional properties")])
    expect(violations({ ...document(), equal: undefined })).toEqual([expect.stringContaining("equal")])
    expect(violations({ ...document(), format: 2 })).toEqual([expect.stringContaining("/format")])
    const [changed, added] = document().differences as Record<string, unknown>[]
    expect(violations({ ...document(), differences: [{ ...changed, aspects: undefined }] })).not.toEqual([])
    expect(violations({ ...document(), differences: [{ ...added, source: {} }] })).not.toEqual([])
    expect(violations({ ...document(), differences: [{ ...added, kind: "tables" }] })).not.toEqual([])
  })
})

test.each(["diff-1", "snapshot-1"])("%s lists every kind", (name) => {
  const { $defs } = publishedSchema(name) as { readonly $defs: { readonly kind: { readonly enum: readonly string[] } } }
  expect($defs.kind.enum).toEqual(OBJECT_KINDS)
})

test("the schemas are in the package", async () => {
  const { stdout } = await promisify(execFile)("npm", ["pack", "--dry-run", "--json", "--ignore-scripts"], { cwd: folder })
  const [{ files }] = JSON.parse(stdout) as [{ readonly files: readonly { readonly path: string }[] }]
  const paths = files.map(({ path }) => path)
  expect(paths).toEqual(
    expect.arrayContaining([
      "schemas/diff-1.schema.json",
      "schemas/snapshot-1.schema.json",
      "schemas/doctor-1.schema.json",
      "schemas/verify-1.schema.json",
      "page/report.html",
      "demo/source.sql",
    ]),
  )
  expect(paths.filter((path) => /^(src|test|scripts)\//.test(path))).toEqual([])
})
