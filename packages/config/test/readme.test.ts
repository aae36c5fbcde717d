import { readFileSync } from "node:fs"
import { expect, test } from "vitest"
import { withParameterTable } from "../scripts/parameter-table.ts"
import { BUILT_IN_PROFILES } from "../src/configuration/profiles.ts"
import { systemIo } from "../src/io.ts"

const read = (path: string) => readFileSync(new URL(`../${path}`, import.meta.url), "utf8")
const readme = read("README.md")

/** The first column of the table below a heading. */
function firstColumn(heading: string): string[] {
  const section = readme.split(heading)[1]!.split("\n#")[0]!
  return [...section.matchAll(/^\| (?:`(\w+)`(?:, `(\w+)`)?)/gm)].flatMap(([, first, second]) => [
    first!,
    ...(second === undefined ? [] : [second]),
  ])
}

test("the table of parameters is the one in the code: pnpm --filter @pgsd/config generate", () => {
  expect(readme).toBe(withParameterTable(readme))
})

test("every error code is explained", () => {
  const codes = [...read("src/errors.ts").matchAll(/\| "(PGSD_\w+)"/g)].map(([, code]) => code)
  expect(firstColumn("## Errors").sort()).toEqual(codes.sort())
})

test("every option of resolveConnection is explained", () => {
  const known = [...read("src/resolve/options.ts").matchAll(/^ {2}(\w+): true,$/gm)].map(([, name]) => name)
  expect(firstColumn("### Options of `resolveConnection`").sort()).toEqual(known.sort())
})

test("the built-in profiles and the socket directories are as described", () => {
  expect(firstColumn("## A program's configuration")).toEqual(Object.keys(BUILT_IN_PROFILES))
  expect(readme).toContain(systemIo.socketDirectories.map((each) => `\`${each}\``).join(", "))
})
