import { type FakeAnswer, type FakeQuery, type FakeResult, resultOf, type Script } from "../fake/script.ts"

const DECLARE = /^DECLARE ("(?:[^"]|"")+") NO SCROLL CURSOR FOR ([\s\S]*)$/
const FETCH = /^FETCH FORWARD (\d+) FROM ("(?:[^"]|"")+")$/
const CLOSE = /^CLOSE ("(?:[^"]|"")+")$/

/** Answers the statements of a cursor from what was written for the statement that it reads, so that streams and maxRows need no script of their own. */
export class ScriptedCursors {
  readonly #script: Script
  readonly #open = new Map<string, FakeResult>()

  constructor(script: Script) {
    this.#script = script
  }

  answerTo(query: FakeQuery): FakeAnswer | undefined {
    const declared = DECLARE.exec(query.sql)
    if (declared !== null) return this.#declare(declared[1]!, { ...query, sql: declared[2]! })
    const fetched = FETCH.exec(query.sql)
    if (fetched !== null) return this.#fetch(fetched[2]!, Number(fetched[1]))
    const closed = CLOSE.exec(query.sql)
    if (closed !== null) this.#open.delete(closed[1]!)
    return undefined
  }

  #declare(name: string, query: FakeQuery): FakeAnswer {
    return async () => {
      const result = await resultOf(this.#script.find(query) ?? [], query)
      this.#open.set(name, result)
      const { error, lose, delayMs, notices } = result
      return { command: "DECLARE CURSOR", error, lose, delayMs, notices }
    }
  }

  #fetch(name: string, count: number): FakeResult {
    const result = this.#open.get(name) ?? {}
    const { wire, rows = [], fields } = result
    this.#open.set(name, { ...result, rows: rows.slice(count), ...(wire && { wire: { ...wire, rows: wire.rows.slice(count) } }) })
    if (wire !== undefined) return { command: "FETCH", wire: { ...wire, rows: wire.rows.slice(0, count) } }
    return { command: "FETCH", rows: rows.slice(0, count), fields }
  }
}
