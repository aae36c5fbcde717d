import type { CatalogGates, ConnectorTransaction } from "@pgsd/connector"
import type { SchemaObject } from "../model/catalog.ts"
import { attached } from "./attached.ts"
import type { Definitions } from "./definitions.ts"
import { PREAMBLE } from "./sql.ts"

/** Reads one kind of object: a SELECT, and what each of its rows is. Rows come in no order, and none may be relied on. */
export interface Section<Row = never> {
  /** Unique; the first column of a bundle's rows. */
  readonly name: string
  /** Whether it is read when schemas are chosen: what belongs to the database as a whole is in none. */
  readonly of: "schemas" | "database"
  /** Columns named `owner`, `grants` and `comment` become those of the object. See PREAMBLE for what it may refer to. */
  readonly sql: (gates: CatalogGates) => string
  readonly toObject: (row: Row, definitions: Definitions) => SchemaObject
}

export interface ReadContext {
  /** Inside the one transaction that everything is read in. */
  readonly snapshot: ConnectorTransaction
  readonly gates: CatalogGates
  /** null: every schema that is not the system's. */
  readonly schemas: readonly string[] | null
  readonly excludedSchemas: readonly string[]
  /** Goes into every digest of a value that may be a secret; the same for both sides. */
  readonly salt: string
  readonly signal?: AbortSignal | undefined
}

/** Several kinds in one round trip: each row is the section's name and the row as JSON. */
export async function readSections(context: ReadContext, sections: readonly Section[], definitions: Definitions): Promise<SchemaObject[]> {
  const chosen = sections.filter(({ of }) => of === "schemas" || context.schemas === null)
  if (chosen.length === 0) return []
  const byName = new Map(chosen.map((section) => [section.name, section]))
  const selects = chosen.map(
    ({ name, sql }) => `SELECT '${name}' AS section, pg_catalog.row_to_json(x) AS row FROM (${sql(context.gates)}) AS x`,
  )
  const rows = await rowsOf<{ section: string; row: never }>(context, selects.join("\nUNION ALL "))
  return rows.map(({ section, row }) => attached(byName.get(section)!.toObject(row, definitions), row))
}

/** The rows of a statement that PREAMBLE begins. */
export async function rowsOf<R>({ snapshot, schemas, excludedSchemas, salt, signal }: ReadContext, sql: string): Promise<readonly R[]> {
  return (await snapshot.query<R>(`${PREAMBLE}\n${sql}`, [schemas, excludedSchemas, salt], { signal })).rows
}
