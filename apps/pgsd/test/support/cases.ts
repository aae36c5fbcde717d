import { readdirSync, readFileSync } from "node:fs"
import type { Difference } from "../../src/model/difference.ts"

const FOLDER = new URL("../cases/", import.meta.url)

/** A pair of databases with known differences, loaded and compared on every major from 10 to 18. */
interface DiffCase {
  readonly name: string
  readonly a: string
  readonly b: string
  readonly loadsOn: readonly number[]
  /** `added column public t.b`, sorted. */
  readonly expected: readonly string[]
  /** Further differences that a comparison may list. */
  readonly allowed: readonly string[]
}

interface Expectation {
  readonly loads_on: readonly number[]
  readonly objects: readonly ListedObject[]
  readonly may_also_list: readonly ListedObject[]
}

interface ListedObject {
  readonly change: string
  readonly kind: string
  readonly schema: string | null
  readonly name: string
}

export const diffCases: readonly DiffCase[] = readdirSync(FOLDER)
  .sort()
  .map((name) => {
    const read = (file: string) => readFileSync(new URL(`${name}/${file}`, FOLDER), "utf8")
    const { loads_on, objects, may_also_list }: Expectation = JSON.parse(read("expect.json"))
    return {
      name,
      a: read("a.sql"),
      b: read("b.sql"),
      loadsOn: loads_on,
      expected: objects.map(wordsOf).sort(),
      allowed: may_also_list.map(wordsOf),
    }
  })

/** A difference in the notation of the cases, which name parts of a table with the table, and grantees after the object. */
export function describeDifference(difference: Difference): string {
  const { change, kind, schema, parent, name, on } = difference
  if (on === undefined) return wordsOf({ change, kind, schema, name: `${within(kind, parent)}${name}` })
  const part = on.name === parent?.name && on.kind === parent.kind ? "" : within(on.kind, parent)
  const what = kind === "grant" && (on.kind === "function" || on.kind === "procedure") ? "routine" : on.kind
  return wordsOf({ change, kind, schema, name: `${what}:${part}${on.name}${kind === "grant" ? `:${name}` : ""}` })
}

function within(kind: string, parent: Difference["parent"]): string {
  return parent === undefined || ["index", "sequence", "statistics"].includes(kind) ? "" : `${parent.name}.`
}

function wordsOf({ change, kind, schema, name }: ListedObject): string {
  return [change, kind, schema, name].filter((word) => word !== null).join(" ")
}
