/** Regenerates the READMEs' screenshots from the demo: `pnpm screenshots`. Needs Chromium. */
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout as pause } from "node:timers/promises"
import { fileURLToPath, pathToFileURL } from "node:url"
import { pgDriver } from "@pgsd/driver-pg"
import { createConnectionPool } from "@pgsd/pool"
import { watchPools } from "@pgsd/watch"
import { run } from "../src/cli/run.ts"
import { outputTo } from "../src/cli/terminal.ts"
import { putLoad } from "../src/commands/watch-load.ts"
import { DATABASE, type DemoServers, startDemoServers } from "../src/demo/servers.ts"
import { visit } from "../test/support/browser.ts"

const IMAGES = fileURLToPath(new URL("../../../docs/images/", import.meta.url))
const COLORS = ["light", "dark"] as const

/** Until the page of the pools has a line to show, in ms. */
const LOAD_BEFORE_MS = 20_000
const LOAD_AFTER_MS = 10_000

const folder = await mkdtemp(join(tmpdir(), "pgsd-screenshots-"))
try {
  await using servers = await startDemoServers()
  await pictureOfDiff(servers)
  await pictureOfWatch(servers)
} finally {
  await rm(folder, { recursive: true })
}

async function pictureOfDiff({ urls, password }: DemoServers): Promise<void> {
  const file = join(folder, "diff.html")
  Object.assign(process.env, { PGSD_SOURCE_URL: urls.source, PGSD_TARGET_URL: urls.target, PGPASSWORD: password })
  const terminal = { out: outputTo(process.stdout), err: outputTo(process.stderr), signal: AbortSignal.timeout(60_000) }
  const exitCode = await run(["diff", "--format", "html", "--out", file], terminal)
  if (exitCode !== 1) throw new Error(`the shops of the demo were not compared: exit code ${exitCode}`)
  for (const colors of COLORS) {
    await using visited = await visit(pathToFileURL(file).href, { width: 1280, height: 1000, colors })
    // A table and a view with differences are the most instructive.
    await visited.page.getByRole("link", { name: "table customers" }).click()
    await visited.page.screenshot({ path: join(IMAGES, `diff-${colors}.png`) })
  }
}

async function pictureOfWatch({ source }: DemoServers): Promise<void> {
  const connection = source.connection({ database: DATABASE })
  await using pool = createConnectionPool({ driver: pgDriver(), connection, label: "shop", min: 2, max: 4 })
  await using watch = await watchPools([pool])
  const loadEnd = new AbortController()
  const load = putLoad(pool, 6, loadEnd.signal)
  try {
    await pause(LOAD_BEFORE_MS)
    const killed = await pool.use(async (lease) => lease.info.processId)
    await source.sql(`SELECT pg_terminate_backend(${killed})`)
    await pause(LOAD_AFTER_MS)
    for (const colors of COLORS) {
      await using visited = await visit(watch.url, { width: 1280, height: 760, colors })
      await visited.page.getByText("healthy", { exact: true }).waitFor()
      await visited.page.screenshot({ path: join(IMAGES, `watch-${colors}.png`) })
    }
  } finally {
    loadEnd.abort()
    await load
  }
}
