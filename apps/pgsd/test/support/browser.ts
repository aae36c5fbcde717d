import { existsSync } from "node:fs"
import { mkdir, mkdtemp, readFile, rm } from "node:fs/promises"
import { createRequire } from "node:module"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { type BrowserContext, chromium, type Page } from "playwright-core"

const BROWSERS = [
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/snap/bin/chromium",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
]
const FLAGS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
]

/** A page as a person would see it, which records everything that must not happen. */
export interface Visit extends AsyncDisposable {
  readonly page: Page
  /** Errors of scripts and of the Content-Security-Policy, and requests to other origins. */
  readonly trouble: readonly string[]
}

export interface VisitOptions {
  readonly width?: number
  readonly height?: number
  readonly colors?: "light" | "dark"
}

/** Opens an address in a separate browser. */
export async function visit(url: string, { width = 1280, height = 1000, colors = "light" }: VisitOptions = {}): Promise<Visit> {
  const executablePath = BROWSERS.find((file) => existsSync(file))
  if (executablePath === undefined)
    throw new Error(`no Chromium on this machine (looked for ${BROWSERS.join(", ")}): apt-get install chromium`)
  const folder = await mkdtemp(join(tmpdir(), "pgsd-browser-"))
  let context: BrowserContext | undefined
  const close = async () => {
    await context?.close()
    await rm(folder, { recursive: true, force: true })
  }
  try {
    context = await chromium.launchPersistentContext(folder, {
      executablePath,
      args: FLAGS,
      viewport: { width, height },
      colorScheme: colors,
    })
    const page = context.pages()[0] ?? (await context.newPage())
    const trouble: string[] = []
    page.on("console", (message) => message.type() === "error" && trouble.push(message.text()))
    page.on("pageerror", (error) => trouble.push(String(error)))
    page.on("request", (request) => {
      // Every file has the same origin, "null".
      const own = url.startsWith("file:") ? request.url() === url : new URL(request.url()).origin === new URL(url).origin
      if (!own) trouble.push(`request to ${request.url()}`)
    })
    await page.goto(url)
    return { page, trouble, [Symbol.asyncDispose]: close }
  } catch (error) {
    await close()
    throw error
  }
}

const axe = readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8")

/** What axe-core reports as serious or critical. */
export async function seriousFindings(page: Page): Promise<string[]> {
  // Evaluated instead of added as a script, which the page's own policy would refuse.
  await page.evaluate(await axe)
  const found = await page.evaluate(async () => {
    // biome-ignore lint/suspicious/noExplicitAny: axe-core puts itself on the window.
    const { violations } = await (globalThis as any).axe.run()
    return violations as { id: string; impact: string; nodes: { html: string; failureSummary: string }[] }[]
  })
  return found
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => `${id}: ${html.slice(0, 200)} ${failureSummary}`))
}

const REPORTS = fileURLToPath(new URL("../../../../.reports/screenshots/", import.meta.url))

/** Kept for inspection under .reports/, which is not committed. */
export async function screenshot(page: Page, name: string): Promise<void> {
  await mkdir(REPORTS, { recursive: true })
  await page.screenshot({ path: join(REPORTS, `${name}.png`) })
}
