import { readdirSync, readFileSync } from "node:fs"
import { describe, expect, it } from "vitest"
import { root } from "./docs-blocks.ts"

interface Row {
  readonly code: string
  readonly from: readonly string[]
  readonly meaning: string
  readonly retry: string
}

/** The rows of a page's first table with this header. */
function table(file: string, ...header: string[]): Record<string, string>[] {
  const lines = readFileSync(`${root}/${file}`, "utf8").split("\n")
  const start = lines.findIndex((line) => line.startsWith(`| ${header.join(" | ")}`))
  if (start === -1) throw new Error(`${file} has no table | ${header.join(" | ")}`)
  const names = cells(lines[start]!)
  const rows = lines.slice(start + 2)
  const end = rows.findIndex((line) => !line.startsWith("|"))
  return rows.slice(0, end === -1 ? undefined : end).map((line) => {
    const values = cells(line)
    if (values.length !== names.length) throw new Error(`${file}: a row of another width: ${line}`)
    return Object.fromEntries(names.map((name, index) => [name, values[index]!]))
  })
}

function cells(line: string): string[] {
  return line
    .slice(1, line.lastIndexOf("|"))
    .split("|")
    .map((cell) => cell.trim().replaceAll("`", ""))
}

const rows: Row[] = table("docs/errors.md", "code", "from").map(({ code, from, meaning, retry }) => ({
  code: code!,
  from: from!.split(", "),
  meaning: meaning!,
  retry: retry!,
}))

/** Packages that create errors with a code that none of their types declares. */
const ANY = "any"

/** Codes by package: those of its `…ErrorCode` types, and those used to create errors. */
function codesInSource(): Map<string, Set<string>> {
  const found = new Map<string, Set<string>>()
  for (const name of readdirSync(`${root}/packages`)) {
    const source = `${root}/packages/${name}/src`
    for (const file of readdirSync(source, { recursive: true, encoding: "utf8" }).filter((each) => each.endsWith(".ts"))) {
      const text = readFileSync(`${source}/${file}`, "utf8")
      const declared = [...text.matchAll(/^export type \w*ErrorCode =\n((?: {2}\| .*\n)+)/gm)].flatMap(([, members]) => [
        ...members!.matchAll(/"(PGSD_\w+)"/g),
      ])
      const made = [...text.matchAll(/(?:Error|super)\(\s*"(PGSD_\w+)"/g)]
      for (const [, code] of declared) add(found, name, code!)
      for (const [, code] of made) add(found, ANY, code!)
    }
  }
  return found
}

function add(map: Map<string, Set<string>>, key: string, value: string): void {
  map.set(key, (map.get(key) ?? new Set()).add(value))
}

const source = codesInSource()
const known = new Set([...source.values()].flatMap((codes) => [...codes]))

describe("docs/errors.md", () => {
  it("has a row for every code of the packages, and no other", () => {
    expect(known.size).toBeGreaterThan(50)
    expect(rows.map((row) => row.code)).toEqual([...known].sort())
  })

  it("names the packages of a code; a code of the driver belongs to the driver alone", () => {
    const declaredBy = (code: string) => [...source].filter(([name, codes]) => name !== ANY && codes.has(code)).map(([name]) => name)
    for (const { code, from } of rows) {
      const packages = declaredBy(code)
      if (packages.length > 0) expect(from, code).toEqual(packages.includes("driver") ? ["driver"] : packages)
    }
  })

  it("agrees on retries with the tables of SQLSTATEs and system codes", () => {
    for (const row of rows) expect(["yes", "no", "either"], row.code).toContain(row.retry)
    for (const file of ["sqlstate.ts", "system-codes.ts"]) {
      const text = readFileSync(`${root}/packages/driver/src/${file}`, "utf8")
      const meanings = [...text.matchAll(/code: "(PGSD_\w+)", retryable: (true|false)/g)]
      expect(meanings.length).toBeGreaterThan(10)
      for (const [, code, retryable] of meanings) {
        const retry = rows.find((row) => row.code === code)?.retry
        expect([retryable === "true" ? "yes" : "no", "either"], `${code} in ${file}`).toContain(retry)
      }
    }
  })
})

describe("the README of @pgsd/driver", () => {
  it("agrees on the driver's codes", () => {
    const own = rows.filter((row) => row.from.includes("driver"))
    const readme = table("packages/driver/README.md", "code", "meaning", "retry")
    expect(readme).toEqual(own.map(({ code, meaning, retry }) => ({ code, meaning, retry })))
  })
})
