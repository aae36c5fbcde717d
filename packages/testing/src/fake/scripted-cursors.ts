import { type FakeAnswer, type FakeQuery, type FakeResult, resultOf, type Script } from "./script.ts"

const DECLARE = /^DECLARE ("(?:[^"]|"")+") NO SCROLL CURSOR FOR ([\s\S]*)$/
const FETCH = /^FETCH FORWARD (\d+) FROM ("(?:[^"]|"")+")$/
const CLOSE = /^CLOSE ("(?:[^"]|"")+")$/

/**
 * Answers the statements of a session's cursors from what was written for the statement that a cursor reads, so that stream() and
 * maxRows need no script of their own. Where nothing was written for it, DECLARE and FETCH are statements like any other.
 */
export class ScriptedCursors {
  readonly #script: Script
  readonly #open = new WeakMap<object, Map<string, FakeResult>>()

  constructor(script: Script) {
    this.#script = script
  }

  find(query: FakeQuery): FakeAnswer | undefined {
    return this.#answerTo(query) ?? this.#script.find(query)
  }

  #answerTo(query: FakeQuery): FakeAnswer | undefined {
    const declared = DECLARE.exec(query.sql)
    if (declared !== null) return this.#declare(declared[1]!, { ...query, sql: declared[2]! })
    const cursors = this.#open.get(query.connection)
    const fetched = FETCH.exec(query.sql)
    if (fetched !== null) return cursors && fetch(cursors, fetched[2]!, Number(fetched[1]))
    const closed = CLOSE.exec(query.sql)
    if (closed === null || cursors?.delete(closed[1]!) !== true) return undefined
    return { command: "CLOSE CURSOR" }
  }

  #declare(name: string, query: FakeQuery): FakeAnswer | undefined {
    const answer = this.#script.find(query)
    if (answer === undefined) return undefined
    return async () => {
      const result = await resultOf(answer, query)
      const cursors = this.#open.get(query.connection) ?? new Map<string, FakeResult>()
      this.#open.set(query.connection, cursors.set(name, result))
      const { error, lose, delayMs, notices } = result
      return { command: "DECLARE CURSOR", error, lose, delayMs, notices }
    }
  }
}

/** The next rows, which are gone from the cursor. */
function fetch(cursors: Map<string, FakeResult>, name: string, count: number): FakeResult | undefined {
  const result = cursors.get(name)
  if (result === undefined) return undefined
  const { wire, rows = [], fields } = result
  cursors.set(name, { ...result, rows: rows.slice(count), ...(wire && { wire: { ...wire, rows: wire.rows.slice(count) } }) })
  if (wire !== undefined) return { command: "FETCH", wire: { ...wire, rows: wire.rows.slice(0, count) } }
  return { command: "FETCH", rows: rows.slice(0, count), fields }
}
