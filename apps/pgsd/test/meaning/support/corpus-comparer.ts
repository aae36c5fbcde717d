import { createDatabaseConnector } from "@pgsd/connector"
import { readCatalog } from "../../../src/catalog/read-catalog.ts"
import { type TypesOfRelation, typesIn } from "../../../src/meaning/column-types.ts"
import { type Form, formOf } from "../../../src/meaning/forms.ts"
import { loadParser, type Parse } from "../../../src/meaning/parser.ts"
import { type Definition, sameMeaning } from "../../../src/meaning/same-meaning.ts"
import type { Verdict } from "../../../src/model/compare.ts"
import type { CorpusEntry } from "../corpus/corpus.ts"
import { PLACES } from "./places.ts"

/** Compares definitions of the corpus as the comparison of two catalogs does. */
export interface CorpusComparer {
  verdict(entry: CorpusEntry, one: Printed, other: Printed): Verdict
}

export interface Printed {
  readonly text: string
  readonly serverMajor: number
}

export async function corpusComparer(connection: Parameters<typeof createDatabaseConnector>[0]): Promise<CorpusComparer> {
  const parse = await requiredParser()
  const { objects } = await readCatalog(createDatabaseConnector(connection), { schemas: ["app", "other"] })
  const typesOf = typesIn(objects)
  return {
    verdict(entry, one, other) {
      const context = (printed: Printed): Definition => ({
        ...printed,
        typesOf,
        own: ownColumns(entry, typesOf),
        columnType: columnType(entry, typesOf),
      })
      return sameMeaning(formOfEntry(entry), context(one), context(other), parse)
    },
  }
}

export async function requiredParser(): Promise<Parse> {
  const parse = await loadParser()
  if (parse === undefined) throw new Error("libpg-query cannot be loaded")
  return parse
}

function formOfEntry({ place }: CorpusEntry): Form {
  const { kind, fact } = PLACES[place]
  const form = formOf(kind, fact)
  if (form === undefined) throw new Error(`${kind}.${fact} is no definition`)
  return form
}

function ownColumns({ place, on, text }: CorpusEntry, typesOf: TypesOfRelation) {
  const table = place === "constraint" ? on : (/ (?:ON|TO) app\.(\w+)/.exec(text)?.[1] ?? "person")
  return typesOf("app", place === "columnDefault" || place === "generated" || place === "using" || place === "withCheck" ? "person" : table)
}

function columnType({ place, on }: CorpusEntry, typesOf: TypesOfRelation): string | undefined {
  return place === "columnDefault" ? typesOf("app", "person")?.get(on) : undefined
}
