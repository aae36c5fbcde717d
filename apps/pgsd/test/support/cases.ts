import { readdirSync, readFileSync } from "node:fs"
import type { Difference } from "../../src/model/difference.ts"

const FOLDER = new URL("../cases/", import.meta.url)

/** A pair of databases whose differences are known: loaded and compared on every major from 10 to 18. */
interface DiffCase {
  readonly name: string
  readonly a: string
  readonly b: string
  readonly loadsOn: readonly number[]
  /** `added column public t.b`, sorted. */
  readonly expected: readonly string[]
  /** What a comparison may list as well, and need not. */
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

/** A difference in the words of the cases, which name what belongs to a table with its table. */
export function describeDifference({ change, kind, schema, parent, name }: Difference): string {
  const within = kind !== "index" && kind !== "sequence" && parent !== undefined ? `${parent.name}.` : ""
  return wordsOf({ change, kind, schema, name: `${within}${name}` })
}

function wordsOf({ change, kind, schema, name }: ListedObject): string {
  return [change, kind, schema, name].filter((word) => word !== null).join(" ")
}
