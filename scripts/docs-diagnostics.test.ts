import { existsSync, readdirSync, readFileSync } from "node:fs"
import { describe, expect, it } from "vitest"
import { root } from "./docs-blocks.ts"

interface Channel {
  readonly name: string
  readonly payload: string
  readonly fields: readonly string[]
}

const read = (file: string) => readFileSync(`${root}/${file}`, "utf8")

const documented: Channel[] = [...read("docs/diagnostics.md").matchAll(/^\| `(pgsd:[\w:-]+)` \| `(\w+)` \| ([^|]+) \|/gm)].map(
  ([, name, payload, fields]) => ({
    name: name!,
    payload: payload!,
    fields: [...fields!.matchAll(/`(\w+)`/g)].map(([, field]) => field!),
  }),
)

/** Each package's diagnostics.ts declares its channels: an interface from channel to payload, and the payloads. */
const published: Channel[] = readdirSync(`${root}/packages`)
  .map((name) => `packages/${name}/src/diagnostics.ts`)
  .filter((file) => existsSync(`${root}/${file}`))
  .flatMap((file) => {
    const text = read(file)
    return [...text.matchAll(/^ {2}readonly "(pgsd:[\w:-]+)": (\w+)$/gm)].map(([, name, payload]) => {
      const body = new RegExp(`interface ${payload}(?: extends PoolEvent)? \\{\\n([\\s\\S]*?)^\\}`, "m").exec(text)?.[1] ?? ""
      return { name: name!, payload: payload!, fields: [...body.matchAll(/^ {2}(?:readonly )?(\w+)\??:/gm)].map(([, field]) => field!) }
    })
  })

const byName = (channels: readonly Channel[]) => Object.fromEntries(channels.map((each) => [each.name, each]))

describe("docs/diagnostics.md", () => {
  it("lists every channel of the code with its payload and fields, and no other", () => {
    expect(published.length).toBeGreaterThanOrEqual(8)
    expect(byName(documented)).toEqual(byName(published))
  })

  it("names payloads that their packages export", () => {
    // Some folders of driver are subpaths.
    const folders = ["open", "session"]
    for (const { name, payload } of published) {
      const part = name.split(":")[1]!
      const entry = folders.includes(part) ? `driver/src/${part}` : `${part}/src`
      expect(read(`packages/${entry}/index.ts`), name).toContain(payload)
    }
  })

  it("lists every channel created in the code", () => {
    const made = readdirSync(`${root}/packages`)
      .map((name) => `packages/${name}/src/diagnostics.ts`)
      .filter((file) => existsSync(`${root}/${file}`))
      .flatMap((file) => [...read(file).matchAll(/hannel(?:<[^>]*>)?\("(pgsd:[\w:-]+)"\)/g)].map(([, name]) => name!))
    expect(made.sort()).toEqual(published.map((each) => each.name).sort())
  })
})
