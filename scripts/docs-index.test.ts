import assert from "node:assert/strict"
import { readdirSync, readFileSync } from "node:fs"
import { it } from "vitest"
import { pages, root } from "./docs-blocks.ts"

const read = (file: string) => readFileSync(`${root}/${file}`, "utf8")
const decisions = readdirSync(`${root}/docs/decisions`).filter((name) => /^\d{4}-/.test(name))

it("every decision has a unique number and one line in the index, with its title", () => {
  const numbers = decisions.map((name) => Number(name.slice(0, 4)))
  assert.equal(new Set(numbers).size, numbers.length, `two decisions have one number: ${numbers.join(", ")}`)
  const expected = decisions.map((name) => {
    const [, title] = /^# \d+\. (.*)$/m.exec(read(`docs/decisions/${name}`))!
    return `- [${Number(name.slice(0, 4))}](${name}): ${title}`
  })
  const listed = read("docs/decisions/README.md")
    .split("\n")
    .filter((line) => line.startsWith("- "))
  assert.deepEqual(listed.sort(), expected.sort())
})

for (const [index, below] of [
  ["docs/README.md", /^docs\/[^/]+$/],
  ["docs/recipes.md", /^docs\/recipes\/[^/]+$/],
] as const)
  it(`${index} lists its pages`, () => {
    const text = read(index)
    const missing = pages()
      .filter((page) => below.test(page) && page !== index)
      .filter((page) => !text.includes(`(${page.slice("docs/".length)})`))
    assert.deepEqual(missing, [])
  })

it("every page of docs/ has fewer than 200 lines", () => {
  const long = pages().filter((page) => page.startsWith("docs/") && read(page).split("\n").length > 200)
  assert.deepEqual(long, [])
})
