import type { CatalogGates, ConnectorTransaction } from "@pgsd/connector"
import type { SchemaObject } from "../model/catalog.ts"
import { attached } from "./attached.ts"
import type { Definitions } from "./definitions.ts"
import { preamble } from "./sql.ts"

/** Reads one kind of object: a SELECT, and how its rows become objects. The order of rows is undefined. */
export interface Section<Row = never> {
  /** Unique; the first column of a bundle's rows. */
  readonly name: string
  /** Whether it is read when schemas are selected: what belongs to the whole database is in none. */
  readonly of: "schemas" | "database"
  /** Columns named `owner`, `grants` and `comment` become those of the object. See preamble() for what it may refer to. */
  readonly sql: (gates: CatalogGates) => string
  /** NULL columns are omitted from the rows: for a kind with hundreds of thousands of objects and many columns that are rarely set. */
  readonly sparse?: true
  readonly toObject: (row: Row, definitions: Definitions) => SchemaObject
}

export interface ReadContext {
  /** Inside the single transaction in which everything is read. */
  readonly snapshot: ConnectorTransaction
  readonly gates: CatalogGates
  /** null: every schema except the system's. */
  readonly schemas: readonly string[] | null
  readonly excludedSchemas: readonly string[]
  /** Salt for the digests of possible secrets; the same for both sides. */
  readonly salt: string
  readonly signal?: AbortSignal | undefined
}

/** Several kinds in one round trip. */
export async function readSections(
  context: ReadContext,
  sections: readonly Section[],
  definitions: Definitions,
  page?: readonly string[],
): Promise<SchemaObject[]> {
  const chosen = sections.filter(({ of }) => of === "schemas" || context.schemas === null)
  const byName = new Map(chosen.map((section) => [section.name, section]))
  const rows = await readTogether<never>(
    context,
    Object.fromEntries(chosen.map(({ name, sql }) => [name, sql(context.gates)])),
    page,
    byName,
  )
  return rows.map(({ section, row }) => attached(byName.get(section)!.toObject(row, definitions), row))
}

/** The rows of several SELECTs in one round trip: each with its SELECT's name, as JSON, so that their columns may differ. In no order. */
export async function readTogether<R>(
  context: ReadContext,
  selects: Readonly<Record<string, string>>,
  page?: readonly string[],
  sections?: ReadonlyMap<string, Section>,
): Promise<readonly { readonly section: string; readonly row: R }[]> {
  const texts = Object.entries(selects).map(
    ([name, sql]) =>
      `SELECT '${name}' AS section, ${sections?.get(name)?.sparse === true ? "pg_catalog.json_strip_nulls(pg_catalog.row_to_json(x))" : "pg_catalog.row_to_json(x)"} AS row FROM (${sql}) AS x`,
  )
  return texts.length === 0 ? [] : rowsOf(context, texts.join("\nUNION ALL "), page)
}

/** The rows of a statement that starts with the preamble; with a page, of these relations alone. */
export async function rowsOf<R>(context: ReadContext, sql: string, page?: readonly string[]): Promise<readonly R[]> {
  const { snapshot, schemas, excludedSchemas, salt, signal } = context
  const params = [schemas, excludedSchemas, salt, ...(page === undefined ? [] : [page])]
  return (await snapshot.query<R>(`${preamble(page !== undefined)}\n${sql}`, params, { signal })).rows
}
