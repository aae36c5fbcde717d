import { existsSync, readdirSync, readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"

/** A fenced block that the documentation promises to be runnable: its opening fence is ```js run. */
export interface DocsBlock {
  /** Relative to the root. */
  readonly file: string
  /** 1-based line of the opening fence. */
  readonly line: number
  readonly code: string
  /** What the block says it prints: the text after each `// => `, in order. */
  readonly prints: readonly string[]
}

export const root = fileURLToPath(new URL("..", import.meta.url))

/** The Markdown files that people read: the root's, those of docs/, and each package's and app's README. */
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
  for (const match of markdown.matchAll(/^```js run\n([\s\S]*?)^```/gm)) {
    const code = match[1]!
    blocks.push({
      file,
      line: markdown.slice(0, match.index).split("\n").length,
      code,
      prints: [...code.matchAll(/\/\/ => (.*)$/gm)].map((print) => print[1]!.trim()),
    })
  }
  return blocks
}

export function docsBlocks(): DocsBlock[] {
  return pages().flatMap((file) => blocksOf(file, readFileSync(`${root}/${file}`, "utf8")))
}
