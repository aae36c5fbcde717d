import { existsSync, readdirSync, readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"

/** A runnable fenced block: its opening fence is ```js run, or ```js run pgbouncer if it needs that. */
export interface DocsBlock {
  /** Relative to the root. */
  readonly file: string
  /** 1-based line of the opening fence. */
  readonly line: number
  readonly code: string
  readonly needs: "pgbouncer" | undefined
  /** The expected output: the text after each `// => `, in order. */
  readonly prints: readonly string[]
}

export const root = fileURLToPath(new URL("..", import.meta.url))

/** All documentation pages: the root's, those of docs/, and each package's and app's README. */
export function pages(): string[] {
  const below = (folder: string, recursive: boolean) =>
    readdirSync(`${root}/${folder}`, { recursive, encoding: "utf8" })
      .filter((name) => name.endsWith(".md"))
      .map((name) => `${folder}${name}`)
  const readmes = ["packages", "apps"].flatMap((parent) => readdirSync(`${root}/${parent}`).map((name) => `${parent}/${name}/README.md`))
  return [...below("", false), ...below("docs/", true), ...readmes.filter((file) => existsSync(`${root}/${file}`))].sort()
}

export function blocksOf(file: string, markdown: string): DocsBlock[] {
  const blocks: DocsBlock[] = []
  for (const match of markdown.matchAll(/^```js run(?: (pgbouncer))?\n([\s\S]*?)^```/gm)) {
    const code = match[2]!
    blocks.push({
      file,
      line: markdown.slice(0, match.index).split("\n").length,
      code,
      needs: match[1] as DocsBlock["needs"],
      prints: [...code.matchAll(/\/\/ => (.*)$/gm)].map((print) => print[1]!.trim()),
    })
  }
  return blocks
}

/** A fenced copy of a file, named by its opening fence: ```ts apps/recipes/test/a.ts. */
export interface DocsCopy {
  readonly page: string
  readonly path: string
  readonly code: string
}

export function docsCopies(): DocsCopy[] {
  return pages().flatMap((page) => {
    const copies = readFileSync(`${root}/${page}`, "utf8").matchAll(/^```ts (\S+\/\S+)\n([\s\S]*?)^```/gm)
    return [...copies].map(([, path, code]) => ({ page, path: path!, code: code! }))
  })
}

export function docsBlocks(): DocsBlock[] {
  return pages().flatMap((file) => blocksOf(file, readFileSync(`${root}/${file}`, "utf8")))
}
