import { execFile } from "node:child_process"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { expect, test } from "vitest"

const PROGRAM = `
  import { pgliteDriver } from "@pgsd/driver-pglite"
  const connection = await pgliteDriver().connect()
  await connection.query("CREATE TABLE written (n int)")
  await connection.close()
  const closed = performance.now()
  process.on("exit", () => console.log(performance.now() - closed))
`

// PostgreSQL's 10 s statistics timer would keep it running.
test("a program ends when its connection is closed, with the driver still open", { timeout: 90_000 }, async () => {
  const prepared = new URL("./support/prepared.ts", import.meta.url).href
  const args = ["--conditions=@pgsd/source", "--import=tsx", `--import=${prepared}`, "--input-type=module", "--eval", PROGRAM]
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: fileURLToPath(new URL("..", import.meta.url)) })
  expect(Number(stdout)).toBeLessThan(5_000)
})
