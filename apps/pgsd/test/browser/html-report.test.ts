import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { run } from "../../src/cli/run.ts"
import { DATABASE, type DemoServers } from "../../src/demo/servers.ts"
import type { Catalog } from "../../src/model/catalog.ts"
import { diffHtml } from "../../src/render/html/diff-html.ts"
import { screenshot, seriousFindings, visit } from "../support/browser.ts"
import { HOSTILE } from "../support/hostile.ts"
import { catalog, column, table, view } from "../support/objects.ts"
import { reportOf } from "../support/reports.ts"
import { startShopServers } from "../support/shop-servers.ts"
import { recordingTerminal } from "../support/terminal.ts"

let folder: string
let servers: DemoServers
let url: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "pgsd-html-"))
  servers = await startShopServers()
  url = await pageOfServers("diff.html")
}, 120_000)
afterAll(async () => {
  await servers?.[Symbol.asyncDispose]()
  await rm(folder, { recursive: true })
})

describe("the page of pgsd diff --format html", { timeout: 180_000 }, () => {
  for (const width of [1280, 400])
    for (const colors of ["light", "dark"] as const)
      test(`at ${width} px, ${colors}: axe-core reports nothing serious, nothing is fetched, nothing fails, nothing overflows`, async () => {
        await using visited = await visit(url, { width, height: 2000, colors })
        const { page, trouble } = visited
        await page.getByText("numeric(10,2)").first().waitFor()
        await screenshot(page, `diff-${width}-${colors}`)
        expect(await seriousFindings(page)).toEqual([])
        expect(trouble).toEqual([])
        expect(await page.evaluate("document.documentElement.scrollWidth - innerWidth")).toBeLessThanOrEqual(0)
      })
})

describe("using the page", { timeout: 180_000 }, () => {
  test("shows names as text, whatever they contain", async () => {
    const name = HOSTILE
    await using visited = await visit(await pageOf(catalog([table(name)]), catalog([table(name), column(name, name, { type: name })])))
    await visited.page.getByText(name).first().waitFor()
    expect(await visited.page.title()).toBe("pgsd diff: shop at a:5432 → shop at b:5432")
    expect(await visited.page.locator("img").count()).toBe(0)
    expect(visited.trouble).toEqual([])
  })

  test("shows what an attacker could write into a database as text, everywhere", async () => {
    // The server truncates names to 63 bytes; its other texts have no limit.
    const [schema, name] = [`"<img src=x onerror=document.title='owned'>"`, `"<script>document.title='owned'</script>"`]
    const text = `'${HOSTILE.replaceAll("'", "''")}'`
    const objects = (value: string) => `
      CREATE SCHEMA ${schema};
      CREATE TYPE ${schema}.${name} AS ENUM ('a', '<b onclick=''owned''>${value}');
      CREATE DOMAIN ${schema}.d AS text DEFAULT ${text} CHECK (VALUE <> ${text} || '${value}');
      CREATE TABLE ${schema}.t (${name} text DEFAULT ${text} || '${value}', CONSTRAINT ${name} CHECK (${name} <> '${value}'));
      CREATE INDEX ${schema.replace("<img", "<svg")} ON ${schema}.t (${name}) WHERE ${name} <> '${value}';
      CREATE VIEW ${schema}.v AS SELECT ${text} || '${value}' AS ${name};
      CREATE FUNCTION ${schema}.${name.replace("<script", "<style")}() RETURNS text LANGUAGE sql AS $$ SELECT ${text} || '${value}' $$;
      COMMENT ON SCHEMA ${schema} IS ${text.slice(0, -1)}${value}';
      COMMENT ON COLUMN ${schema}.t.${name} IS ${text.slice(0, -1)}${value}';`
    const { source, target } = servers
    try {
      await source.sql(objects("one"), { database: DATABASE })
      await target.sql(objects("other"), { database: DATABASE })
      await using visited = await visit(await pageOfServers("hostile.html"))
      const { page, trouble } = visited
      await page.getByRole("heading", { name: "<img src=x onerror=document.title='owned'>" }).first().waitFor()
      await page.getByText(HOSTILE).first().waitFor()
      expect(await page.title()).toMatch(/^pgsd diff: shop at /)
      expect(await page.locator("img, b[onclick], svg[onerror], body script:not(#data):not(:last-of-type)").count()).toBe(0)
      await page.getByRole("searchbox").fill("<script>document")
      await expect.poll(() => page.getByRole("status").textContent()).toMatch(/^[1-9]\d* of \d+ differences$/)
      expect(trouble).toEqual([])
    } finally {
      for (const server of [source, target]) await server.sql(`DROP SCHEMA IF EXISTS ${schema} CASCADE`, { database: DATABASE })
    }
  })

  test("is searched and filtered from the keyboard, and reports how many objects are shown", async () => {
    await using visited = await visit(url)
    const { page } = visited
    const status = page.getByRole("status")
    const shown = () => page.locator("#differences details.object:visible h3").allTextContents()
    expect(await status.textContent()).toBe("15 differences")
    await page.keyboard.press("/")
    await page.keyboard.type("on delete CASCADE")
    await expect.poll(() => status.textContent()).toBe("1 of 15 differences")
    expect(await shown()).toEqual(["table order_lines, changed"])
    await page.keyboard.type(" nowhere")
    await page.getByText("Nothing that differs matches the filter.").waitFor()
    await page.getByRole("searchbox").fill("")
    await page.getByRole("checkbox", { name: "changed" }).uncheck()
    await page.getByRole("checkbox", { name: "only in target" }).uncheck()
    await expect.poll(() => status.textContent()).toBe("2 of 15 differences")
    expect(await shown()).toEqual(["table customers, changed", "table newsletter, only in source"])
    // A link of the tree moves the focus to the object, which is expanded again.
    await page.locator("summary", { hasText: "table newsletter" }).click()
    await page.getByRole("link", { name: "table newsletter" }).press("Enter")
    expect(await page.evaluate("document.activeElement.textContent")).toContain("table newsletter")
    await page.getByText("subscribed_on").waitFor()
  })

  test("folds lines far from a change, and unfolds them", async () => {
    const lines = (middle: string) => [...Array.from({ length: 40 }, (_, at) => `line ${at}`), middle, "end"].join("\n")
    await using visited = await visit(await pageOf(catalog([view("v", lines("old"))]), catalog([view("v", lines("new"))])))
    const { page } = visited
    expect(await page.getByText("line 36").count()).toBe(2)
    expect(await page.getByText("line 36").first().isVisible()).toBe(false)
    await page.getByRole("button", { name: "37 equal lines" }).click()
    expect(await page.getByText("line 36").first().isVisible()).toBe(true)
  })

  test("opens and filters 5,000 differences quickly, and prints all of them", async () => {
    const tables = Array.from({ length: 1_000 }, (_, at) => `table_${at}`)
    const columns = (type: string) =>
      tables.flatMap((name) => [table(name), ...["a", "b", "c", "d", "e"].map((each) => column(name, each, { type, default: "none" }))])
    await using visited = await visit(await pageOf(catalog(columns("integer")), catalog(columns("bigint"))))
    const { page, trouble } = visited
    const status = page.getByRole("status")
    expect(await status.textContent()).toBe("5000 differences")
    const readyMs = await page.evaluate('performance.getEntriesByType("navigation")[0].loadEventEnd')
    expect(readyMs).toBeLessThan(3_000)
    const built = await page.locator(".difference").count()
    expect(built).toBeGreaterThan(0)
    expect(built).toBeLessThan(500)
    const begun = performance.now()
    await page.getByRole("searchbox").fill("table_77")
    await expect.poll(() => status.textContent()).toBe("55 of 5000 differences")
    expect(performance.now() - begun).toBeLessThan(3_000)
    await page.getByRole("searchbox").fill("")
    await page.evaluate('dispatchEvent(new Event("beforeprint"))')
    expect(await page.locator(".difference").count()).toBe(5_000)
    expect(trouble).toEqual([])
  })

  test("reports when nothing differs", async () => {
    await using visited = await visit(await pageOf(catalog([table("a")]), catalog([table("a")])))
    await visited.page.getByText("in everything that was compared").waitFor()
    await screenshot(visited.page, "diff-equal")
    expect(await seriousFindings(visited.page)).toEqual([])
  })
})

let pages = 0

async function pageOfServers(name: string): Promise<string> {
  const terminal = recordingTerminal()
  const file = join(folder, name)
  const side = (name: "source" | "target") => servers.urls[name].replace("@", `:${servers.password}@`)
  const exitCode = await run(["diff", "--format", "html", "--out", file, "-s", side("source"), "-t", side("target")], terminal)
  expect({ exitCode, stdout: terminal.stdout() }).toEqual({ exitCode: 1, stdout: "" })
  return pathToFileURL(file).href
}

async function pageOf(source: Catalog, target: Catalog): Promise<string> {
  const file = join(folder, `page-${pages++}.html`)
  await writeFile(file, diffHtml(reportOf(source, target)))
  return pathToFileURL(file).href
}
