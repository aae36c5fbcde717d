import { checkStatement } from "../check-statement.ts"
import type { QueryOptions, ValueParsers } from "../contract.ts"
import { type CopyDirection, checkCopyStatement } from "../copy-statement.ts"
import { PgsdError, unreadable } from "../errors.ts"
import { bareText, firstWord } from "../statement-text.ts"
import { faultOfParsers, PARSERS_HINT } from "./parsers.ts"

/** A statement for query(): a string with `$1`, `$2` …, or an object with the string and its values. */
export type StatementInput = string | StatementObject | SlonikToken

/** As in pg's query config and sql-template-tag's `Sql`. */
export interface StatementObject {
  readonly text: string
  readonly values?: readonly unknown[] | undefined
  readonly rowMode?: "array" | undefined
  readonly types?: ValueParsers | undefined
}

/** As created by slonik's `sql`, and recognised by its `type`. */
export interface SlonikToken {
  readonly type: string
  readonly sql: string
  readonly values: readonly unknown[]
}

/** A statement, normalised from all accepted forms. */
export interface PlainStatement {
  readonly sql: string
  readonly params: readonly unknown[] | undefined
  readonly options: Pick<QueryOptions, "rowMode" | "types"> | undefined
}

const KNOWN: Readonly<Record<keyof StatementObject, true>> = { text: true, values: true, rowMode: true, types: true }
/** Other forms of the statement that sql-template-tag provides in addition to `text`. */
const OTHER_FORMS: ReadonlySet<string> = new Set(["strings", "sql", "statement", "type"])
const SLONIK = /^SLONIK_TOKEN_(?:QUERY|FRAGMENT)$/

/** @throws PgsdError PGSD_INVALID_PARAMETER for an invalid object, for unsupported properties, and for one combined with `params` */
export function readStatement(statement: StatementInput, params: readonly unknown[] | undefined): PlainStatement {
  if (typeof statement !== "object" || statement === null) {
    checkStatement(statement)
    return { sql: statement, params, options: undefined }
  }
  try {
    return readObject(statement, params)
  } catch (error) {
    throw unreadable("PGSD_INVALID_PARAMETER", "the statement object", error)
  }
}

function readObject(statement: StatementObject | SlonikToken, params: readonly unknown[] | undefined): PlainStatement {
  if (params !== undefined) throw refusal("has its values in it, and parameters were given beside it", "give the values once")
  if (isSlonikToken(statement)) {
    checkStatement(statement.sql)
    return { sql: statement.sql, params: statement.values, options: undefined }
  }
  const { text, values, rowMode, types } = statement as StatementObject
  if (typeof text !== "string") throw refusal("has no text", "pass a string, or { text, values }")
  for (const [key, value] of Object.entries(statement)) {
    if (value === undefined || Object.hasOwn(KNOWN, key) || OTHER_FORMS.has(key)) continue
    throw refusal(
      `has "${key}", which is not supported`,
      key === "name" ? "use the option prepare: name" : `supported are ${Object.keys(KNOWN).join(", ")}`,
    )
  }
  if (rowMode !== undefined && rowMode !== "array")
    throw refusal(`has rowMode "${String(rowMode)}"`, 'the only other form of rows is "array"')
  const fault = types === undefined ? undefined : faultOfParsers(types)
  if (fault !== undefined) throw refusal(`has types ${fault}`, PARSERS_HINT)
  // An empty list would select the extended protocol, which accepts one statement: sql-template-tag always has a list.
  const given = values === undefined || (Array.isArray(values) && values.length === 0) ? undefined : values
  const options = rowMode === undefined && types === undefined ? undefined : { rowMode, types }
  return { sql: text, params: given, options }
}

/** The call's options, with those of the statement as defaults; undefined ones are omitted. */
export function withFormOf<O extends Pick<QueryOptions, "rowMode" | "types">>(options: O, { options: own }: PlainStatement): O {
  if (own === undefined) return options
  return { ...options, rowMode: options.rowMode ?? own.rowMode, types: options.types ?? own.types }
}

/** Statements that begin or end a transaction or a savepoint. */
const TRANSACTION_CONTROL: ReadonlySet<string> = new Set(["abort", "begin", "commit", "end", "release", "rollback", "savepoint", "start"])

/** @throws PgsdError PGSD_INVALID_PARAMETER for a statement that would end the transaction in which `call` runs it */
export function refuseTransactionControl(sql: string, call: "batch" | "stream"): void {
  const word = firstWord(sql)
  if (!TRANSACTION_CONTROL.has(word) && !/^[\s;]*prepare\s+transaction\b/i.test(bareText(sql))) return
  const hint = "use transaction(), which gives a handle that has the same calls"
  throw new PgsdError("PGSD_INVALID_PARAMETER", `${word.toUpperCase()} has no place in ${call}(), which is all or nothing (${hint})`, {
    hint,
  })
}

/** The text of a COPY, which has no parameters. @throws PgsdError PGSD_INVALID_PARAMETER */
export function copyText(statement: StatementInput, direction: CopyDirection): string {
  const { sql, params } = readStatement(statement, undefined)
  if (params !== undefined && params.length > 0)
    throw refusal("has values, which COPY does not take", "quote them into the text with quoteLiteral()")
  checkCopyStatement(sql, direction)
  return sql
}

function isSlonikToken(statement: StatementObject | SlonikToken): statement is SlonikToken {
  return "type" in statement && typeof statement.type === "string" && SLONIK.test(statement.type)
}

function refusal(fact: string, hint: string): PgsdError {
  return new PgsdError("PGSD_INVALID_PARAMETER", `the statement object ${fact} (${hint})`, { hint })
}
