import assert from "node:assert/strict"
import { execFile } from "node:child_process"
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { promisify } from "node:util"
import { afterAll, describe, it } from "vitest"
import { hasPgBouncer } from "../packages/testing/src/server/bouncer/find-pg-bouncer.ts"
import { blocksOf, type DocsBlock, docsBlocks, docsCopies, root } from "./docs-blocks.ts"

const run = promisify(execFile)

const PREPARED_PGLITE = `${root}/packages/driver-pglite/test/support/prepared.ts`

// That app depends on every package and driver, so a block finds what a reader would have installed.
const home = `${root}/apps/recipes/.docs-${process.pid}`
mkdirSync(home, { recursive: true })
afterAll(() => rmSync(home, { recursive: true, force: true }))

/** Runs one block as a separate program, from source. It must end on its own, with exit code 0. */
async function outputOf(name: string, code: string): Promise<string> {
  const file = `${home}/${name}.mjs`
  writeFileSync(file, code)
  const preload = /@pgsd\/driver-pglite/.test(code) ? ["--import", PREPARED_PGLITE] : []
  const { PATH, PGSD_TEST_DATA } = process.env
  const { stdout } = await run(process.execPath, ["--conditions=@pgsd/source", "--import", "tsx", ...preload, file], {
    cwd: home,
    timeout: 60_000,
    env: { PATH, HOME: home, LANG: "C.UTF-8", ...(PGSD_TEST_DATA !== undefined && { PGSD_TEST_DATA }) },
  })
  return stdout
}

describe("the documentation's runnable blocks", () => {
  const blocks = docsBlocks()

  it("exist", () => assert.ok(blocks.length > 0))

  it("are found with their expected output", () => {
    const markdown = ["text", "```js run", "console.log(1 + 1) // => 2", "```", "```js", "not run", "```"].join("\n")
    assert.deepEqual(blocksOf("x.md", markdown), [
      { file: "x.md", line: 2, code: "console.log(1 + 1) // => 2\n", needs: undefined, prints: ["2"] },
    ])
    assert.equal(blocksOf("x.md", "```js run pgbouncer\n```")[0]!.needs, "pgbouncer")
  })

  // In CI a missing PgBouncer fails here; elsewhere it is listed as skipped.
  const canRun = ({ needs }: DocsBlock) => needs === undefined || hasPgBouncer() || process.env.CI
  for (const [index, block] of blocks.entries())
    it.runIf(canRun(block))(`${block.file}:${block.line} runs, ends, and prints its expected output`, { timeout: 90_000 }, async () => {
      const output = await outputOf(`block-${index}`, block.code)
      const lines = output.split("\n").map((line) => line.trim())
      let from = 0
      for (const print of block.prints) {
        const at = lines.indexOf(print, from)
        assert.notEqual(at, -1, `expected output ${JSON.stringify(print)}; printed:\n${output}`)
        from = at + 1
      }
    })
})

it("copies of files in the documentation match the files", () => {
  const copies = docsCopies()
  assert.ok(copies.length > 0)
  for (const { page, path, code } of copies) assert.equal(code, readFileSync(`${root}/${path}`, "utf8"), `${page}: ${path}`)
})
