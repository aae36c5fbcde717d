import assert from "node:assert/strict"
import { existsSync, readFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { it } from "vitest"
import { root } from "./docs-blocks.ts"

/** The rows of a page's table with this header, as cells. */
function rowsOf(markdown: string, header: string): string[][] {
  const lines = markdown.split("\n")
  const start = lines.findIndex((line) => line.startsWith(header))
  assert.notEqual(start, -1, `no table ${header}`)
  const rows = lines.slice(start + 2)
  return rows
    .slice(
      0,
      rows.findIndex((line) => !line.startsWith("|")),
    )
    .map((line) => line.split("|").slice(1, -1))
}

/** Files and folders in backticks. */
function filesOf(cell: string): string[] {
  return [...cell.matchAll(/`([^`\s<>]+(?:\.ts|\/))`/g)].map((match) => match[1]!)
}

const architecture = readFileSync(join(root, "ARCHITECTURE.md"), "utf8")

it("ARCHITECTURE.md: the files to open first exist", () => {
  const rows = rowsOf(architecture, "| package | in one sentence |")
  const missing = rows.flatMap(([packages, , files]) => {
    const folders = [...packages!.matchAll(/`([^`]+)`/g)].map((match) => join(root, "packages", match[1]!, "src"))
    return filesOf(files!).filter((file) => !folders.some((folder) => existsSync(join(folder, file))))
  })
  assert.deepEqual(missing, [])
})

it("ARCHITECTURE.md: the files to change exist", () => {
  const rows = rowsOf(architecture, "| I want to… | change |")
  // Relative to packages/; a file without a folder is beside the previous one.
  const missing = rows.flatMap(([, files]) => {
    let beside = ""
    return filesOf(files!).filter((file) => {
      const path = file.includes("/src/") ? file : join(beside, file)
      beside = dirname(path)
      return !existsSync(join(root, "packages", path))
    })
  })
  assert.deepEqual(missing, [])
})
