import { execFile } from "node:child_process"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { expect, test } from "vitest"

const QUERIES = process.env.PGSD_TEST_FULL === "1" ? 1_000_000 : 40_000
const script = fileURLToPath(new URL("../scripts/heap.ts", import.meta.url))

test(`${QUERIES} statements leave nothing in the heap`, { timeout: 600_000 }, async () => {
  const args = ["--expose-gc", "--conditions=@pgsd/source", "--import", "tsx", script, String(QUERIES)]
  const { stdout } = await promisify(execFile)(process.execPath, args)
  expect(stdout).toContain(`${QUERIES} spans`)
  const slope = Number(/slope: (-?[\d.]+) bytes/.exec(stdout)?.[1])
  // A retained span is about 1,500 bytes. What the collector leaves between two readings is some ten kilobytes.
  expect(slope, stdout).toBeLessThan(QUERIES < 1_000_000 ? 30 : 2)
})
