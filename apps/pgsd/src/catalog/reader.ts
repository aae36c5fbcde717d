import type { CatalogGates, DatabaseConnector } from "@pgsd/connector"
import type { SchemaObject } from "../model/catalog.ts"

/** Reads one kind of object, in one round trip. */
export type Reader = (context: ReadContext) => Promise<readonly SchemaObject[]>

export interface ReadContext {
  /** Inside the one transaction that everything is read in. */
  readonly snapshot: DatabaseConnector
  readonly gates: CatalogGates
  /** `$1` of every query. @default null: every schema that is not the system's */
  readonly schemas: readonly string[] | null
  readonly signal?: AbortSignal | undefined
}

/**
 * The conditions that make a schema `n` one to compare. `pg_` is reserved for the system: it covers pg_catalog, pg_toast and the temporary schemas.
 * Every query names its objects by oid: a cast from a name needs USAGE on the schema, and information_schema hides what the role has no rights on.
 */
export const WANTED_SCHEMA = `n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
    AND ($1::pg_catalog.text[] IS NULL OR n.nspname = ANY ($1::pg_catalog.text[]))`

/** What CREATE EXTENSION brought is the extension's, and follows its version. */
export function notOfExtension(catalog: string, oid: string): string {
  return `NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS member
      WHERE member.classid = 'pg_catalog.${catalog}'::pg_catalog.regclass AND member.objid = ${oid} AND member.deptype = 'e')`
}

/** A column that older servers do not have, as NULL there: a name that does not exist fails when the text is parsed. */
export function since(gate: boolean, expression: string): string {
  return gate ? expression : "NULL::pg_catalog.text"
}

/** Orders names by code unit, whatever the database's collation. */
export function ordered(...expressions: string[]): string {
  return `ORDER BY ${expressions.map((each) => `${each} COLLATE "C"`).join(", ")}`
}

export async function rowsOf<R>({ snapshot, schemas, signal }: ReadContext, sql: string): Promise<readonly R[]> {
  return (await snapshot.query<R>(sql, [schemas], { signal })).rows
}
