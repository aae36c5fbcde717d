import { readFile } from "node:fs/promises"
import { createRequire } from "node:module"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"

interface PageFile {
  /** Path in the URL; empty for the page itself. */
  readonly name: string
  readonly type: string
  readonly path: string
}

// page/ is next to src/ and to dist/: the browser gets the same files from either.
const own = (name: string) => fileURLToPath(new URL(`../page/${name}`, import.meta.url))
const chart = join(dirname(createRequire(import.meta.url).resolve("uplot")), "..", "dist")

const HTML = "text/html; charset=utf-8"
const STYLE = "text/css; charset=utf-8"
const SCRIPT = "text/javascript; charset=utf-8"

export const PAGE_FILES: readonly PageFile[] = [
  { name: "", type: HTML, path: own("watch.html") },
  { name: "watch.css", type: STYLE, path: own("watch.css") },
  { name: "watch.js", type: SCRIPT, path: own("watch.js") },
  { name: "chart.js", type: SCRIPT, path: own("chart.js") },
  { name: "uplot.css", type: STYLE, path: join(chart, "uPlot.min.css") },
  { name: "uplot.js", type: SCRIPT, path: join(chart, "uPlot.esm.js") },
]

export async function pageFile({ path, type }: PageFile): Promise<{ readonly body: string; readonly type: string }> {
  return { body: await readFile(path, "utf8"), type }
}
