import type { Field, Notice, Row } from "@pgsd/driver"
import type { FakeFailure } from "./failure.ts"
import type { FakeConnection } from "./fake-connection.ts"

/** One query as received by the fake server. */
export interface FakeQuery {
  readonly sql: string
  /** As given by the caller; undefined for a query without parameters. */
  readonly params: readonly unknown[] | undefined
  /** The parameters as sent. */
  readonly encoded: readonly (string | null)[] | undefined
  /** A string is the name of the prepared statement. */
  readonly prepare: boolean | string
  /** Whether it was part of a pipeline. */
  readonly pipelined?: boolean | undefined
  /** How many further rows of an earlier statement to fetch; undefined for a new statement. */
  readonly fetches?: number | undefined
  /** What the source of a COPY FROM yielded; undefined for other statements. */
  readonly copied?: Uint8Array | undefined
  readonly connection: FakeConnection
}

/** The whole text (without surrounding whitespace), a pattern, or a predicate. */
export type FakeMatch = string | RegExp | ((query: FakeQuery) => boolean)

/** The answer of the fake server. By default no rows, and a command tag derived from the text. */
export interface FakeResult {
  /** Rows as returned to the caller. */
  readonly rows?: readonly Row[] | undefined
  /** Rows as sent by a server: text by type OID, parsed by the value table and the query's `types`. */
  readonly wire?: FakeWireRows | undefined
  /** @default the first keywords of the statement */
  readonly command?: string | undefined
  /** @default the number of rows */
  readonly rowCount?: number | undefined
  readonly fields?: readonly Field[] | undefined
  /** The chunks that a COPY TO sends. `rowCount` defaults to the number of lines, for a COPY FROM as well. */
  readonly copy?: readonly (Uint8Array | string)[] | undefined
  /** Sent before the answer. */
  readonly notices?: readonly Notice[] | undefined
  /** The statement fails; a transaction fails with it. */
  readonly error?: FakeFailure | undefined
  /** The connection is lost instead of an answer. */
  readonly lose?: FakeFailure | undefined
  /** Delay before the answer, in ms of the fake's clock; `Infinity` never answers. @default 0 */
  readonly delayMs?: number | undefined
}

export interface FakeWireRows {
  /** Name and type OID of each column. */
  readonly columns: readonly (readonly [name: string, typeId: number])[]
  readonly rows: readonly (readonly (string | null)[])[]
}

/** A result, only its rows, or a function that returns them (possibly asynchronously). */
export type FakeAnswer =
  | FakeResult
  | readonly Row[]
  | ((query: FakeQuery) => FakeResult | readonly Row[] | Promise<FakeResult | readonly Row[]>)

/** The answers of a fake server. Later ones take precedence, so that a test can override its set-up. */
export class Script {
  readonly #answers: { readonly match: FakeMatch; readonly answer: FakeAnswer; times: number }[] = []

  add(match: FakeMatch, answer: FakeAnswer, times = Number.POSITIVE_INFINITY): void {
    this.#answers.unshift({ match, answer, times })
  }

  /** The answer to a query, or undefined when none was scripted. */
  find(query: FakeQuery): FakeAnswer | undefined {
    const found = this.#answers.find((each) => each.times > 0 && matches(each.match, query))
    if (found === undefined) return undefined
    found.times -= 1
    return found.answer
  }
}

export async function resultOf(answer: FakeAnswer, query: FakeQuery): Promise<FakeResult> {
  const given = typeof answer === "function" ? await answer(query) : answer
  return isRows(given) ? { rows: given } : given
}

function matches(match: FakeMatch, query: FakeQuery): boolean {
  if (typeof match === "string") return match.trim() === query.sql.trim()
  if (typeof match === "function") return match(query)
  match.lastIndex = 0
  return match.test(query.sql)
}

function isRows(given: FakeResult | readonly Row[]): given is readonly Row[] {
  return Array.isArray(given)
}
