import { mkdir, readFile, writeFile } from "node:fs/promises"
import { loadavg } from "node:os"
import { dirname, extname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { parseArgs } from "node:util"
import { ContestantProcess } from "./harness/contestant-process.ts"
import { machine } from "./harness/machine.ts"
import { fullText, headlineText, replaceBetweenMarkers, withSummary } from "./harness/markdown.ts"
import type { ServerAction } from "./harness/protocol.ts"
import type { MeasuredSection, Results } from "./harness/report.ts"
import { SECTIONS } from "./sections/sections.ts"
import { Shared } from "./sections/shared.ts"

const USAGE = `pnpm bench [section …] [--quick] [--out folder]

  sections  ${Object.keys(SECTIONS).join(", ")}; all when none is named
  --quick   small sizes, to show that everything runs; the figures are meaningless and not published
  --out     write the results to this folder instead of apps/benchmarks/results and the READMEs`

/** The program of the contestants' processes, beside this one, built or not. */
const program = new URL(`./child${extname(import.meta.url)}`, import.meta.url)
const app = fileURLToPath(new URL("..", import.meta.url))

const QUICK_WORKERS = 3

await main()

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { quick: { type: "boolean", default: false }, out: { type: "string" }, help: { type: "boolean", default: false } },
  })
  const unknown = positionals.find((name) => !(name in SECTIONS))
  if (values.help || unknown !== undefined) {
    console.log(unknown === undefined ? USAGE : `There is no section "${unknown}".\n\n${USAGE}`)
    process.exitCode = unknown === undefined ? 0 : 2
    return
  }
  const folder = values.out ?? (values.quick ? undefined : join(app, "results"))
  const wanted = Object.keys(SECTIONS).filter((name) => positionals.length === 0 || positionals.includes(name))
  const before = folder === undefined ? {} : await earlierSections(folder)
  const measured = new Map<string, MeasuredSection>(Object.entries(before))
  // Sections run one after another, but for --quick, whose figures mean nothing. All at once would be too many processes to start in time.
  const left = [...wanted]
  const worker = async () => {
    for (let name = left.shift(); name !== undefined; name = left.shift()) measured.set(name, await run(name, values.quick, shared))
  }
  await using shared = new Shared(program)
  await Promise.all(Array.from({ length: values.quick ? QUICK_WORKERS : 1 }, worker))
  const sections = Object.fromEntries(Object.keys(SECTIONS).flatMap((name) => (measured.has(name) ? [[name, measured.get(name)!]] : [])))
  const results: Results = { machine: machine(), sections }
  if (folder !== undefined) await save(results, folder)
  if (values.out === undefined && !values.quick) await publish(results)
  console.log(`\n${fullText({ ...results, sections: Object.fromEntries(wanted.map((name) => [name, sections[name]!])) })}`)
}

async function run(name: string, quick: boolean, shared: Shared): Promise<MeasuredSection> {
  const children: ContestantProcess[] = []
  const start = (onServerRequest?: (action: ServerAction) => Promise<void>) => {
    const child = new ContestantProcess({ program, onServerRequest })
    children.push(child)
    return child
  }
  const loadBefore = loadavg()[0]!
  const since = performance.now()
  try {
    const sample = <C>(contestants: readonly C[]) => (quick ? contestants.slice(0, 2) : contestants)
    const report = await SECTIONS[name]!.run({ quick, sample, start, shared, log: (line) => console.error(line) })
    return { ...report, measuredAt: new Date().toISOString(), tookMs: Math.round(performance.now() - since), loadBefore }
  } finally {
    await Promise.all(children.map((child) => child.end()))
  }
}

/** Sections that are not run keep their figures. */
async function earlierSections(folder: string): Promise<Results["sections"]> {
  try {
    return (JSON.parse(await readFile(join(folder, "latest.json"), "utf8")) as Results).sections
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return {}
    throw error
  }
}

async function save(results: Results, folder: string): Promise<void> {
  const file = join(folder, "latest.json")
  await mkdir(dirname(file), { recursive: true })
  await writeFile(file, `${JSON.stringify(results, undefined, 2)}\n`)
}

async function publish(results: Results): Promise<void> {
  await rewrite(join(app, "README.md"), (text) => replaceBetweenMarkers(text, fullText(results)))
  await rewrite(join(app, "../../packages/pool/README.md"), (text) => replaceBetweenMarkers(text, headlineText(results)))
  await rewrite(join(app, "../../README.md"), (text) => withSummary(text, results))
}

async function rewrite(file: string, change: (text: string) => string): Promise<void> {
  try {
    await writeFile(file, change(await readFile(file, "utf8")))
  } catch (error) {
    // The figures are in latest.json; running any section again writes them here.
    console.error(`${file} was not updated: ${(error as Error).message}`)
    process.exitCode = 1
  }
}
