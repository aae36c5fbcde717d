import type { messages, PGlite } from "@electric-sql/pglite"
import { mustPrepareAgain, type PipelineStep, quoteIdentifier, StatementNames, takesPrepared, type ValueParsers } from "@pgsd/driver"
import { type Answer, readAnswer, readAnswers, readStepAnswers } from "./answer.ts"
import { copyStatement, extendedQuery, namedQuery, pipelinedQuery, simpleQuery } from "./request.ts"

export interface Statement {
  readonly sql: string
  readonly params?: readonly (string | null)[] | undefined
  /** A string is the name of the statement. */
  readonly prepare?: boolean | string | undefined
  /** The answer has a part for each statement. */
  readonly all?: boolean | undefined
  readonly types?: ValueParsers | undefined
  readonly rowMode?: "array" | undefined
  /** The data of a COPY FROM. */
  readonly copyIn?: Uint8Array | undefined
  /** In place of `sql`. */
  readonly steps?: readonly PipelineStep[] | undefined
  /** The parameters of each step. */
  readonly values?: readonly (readonly (string | null)[] | undefined)[] | undefined
  /** Where the data of a COPY TO goes. */
  readonly copyOut?: Uint8Array[] | undefined
}

/** What servers report by themselves and PGlite does not: it is asked. */
const PARAMETERS = `SELECT name, setting FROM pg_catalog.pg_settings WHERE name IN ('application_name', 'client_encoding', 'DateStyle',
  'default_transaction_read_only', 'in_hot_standby', 'integer_datetimes', 'IntervalStyle', 'is_superuser', 'search_path',
  'server_encoding', 'server_version', 'session_authorization', 'standard_conforming_strings', 'TimeZone')
UNION ALL VALUES ('session_authorization', session_user::text), ('user', current_user::text), ('database', current_database()::text),
  ('processId', pg_catalog.pg_backend_pid()::text)`

/** PGlite's one session, spoken to in PostgreSQL's own protocol. It does one thing at a time: callers take turns. */
export class Session {
  readonly instance: PGlite
  /** Of the last answer. */
  status: Answer["status"] = "idle"
  /** PGlite ended under us; to touch it again may never return. */
  broken = false
  readonly #names = new StatementNames()
  /** The names of ours that the server was given … */
  readonly #prepared = new Set<string>()
  /** … and those of callers. */
  readonly #given = new Set<string>()

  constructor(instance: PGlite) {
    this.instance = instance
  }

  async run({ sql, params, prepare, all, types, rowMode, steps, values = [], copyIn, copyOut }: Statement): Promise<Answer> {
    if (steps !== undefined) return this.#noted(readStepAnswers(await this.#received(pipelinedQuery(steps, values)), steps))
    if (copyIn !== undefined || copyOut !== undefined) {
      const answer = await this.#exchange(copyStatement(sql, copyIn), undefined, undefined)
      copyOut?.push(...answer.copied)
      return answer
    }
    if (all === true) return this.#noted(readAnswers(await this.#received(simpleQuery(sql)), () => ({ types, rowMode })))
    if (typeof prepare === "string") {
      const obsolete = this.#names.give(prepare, sql)
      if (obsolete !== undefined) this.#given.delete(obsolete)
      this.#given.add(prepare)
      return this.#exchange(namedQuery(sql, params ?? [], prepare, obsolete), types, rowMode)
    }
    if (params === undefined) return this.#exchange(simpleQuery(sql), types, rowMode)
    if (prepare !== true) return this.#exchange(extendedQuery(sql, params, "", false), types, rowMode)
    return this.#runPrepared(sql, params, types, rowMode)
  }

  async #runPrepared(
    sql: string,
    params: readonly (string | null)[],
    types: ValueParsers | undefined,
    rowMode: Statement["rowMode"],
  ): Promise<Answer> {
    const name = this.#names.nameOf(sql) ?? ""
    const known = this.#prepared.has(name)
    const answer = await this.#exchange(extendedQuery(sql, params, name, known), types, rowMode)
    if (answer.parsed && name !== "") this.#prepared.add(name)
    if (!known || !mustPrepareAgain(answer.error?.code)) return answer
    this.#names.forget()
    // Outside a transaction nothing has happened.
    return answer.status === "idle" ? this.#runPrepared(sql, params, types, rowMode) : answer
  }

  /** Values are printed as the value table reads them, whatever the database, or who used the instance before, has set. */
  async prepareValues(): Promise<void> {
    await this.run({ sql: "SET extra_float_digits = 1; SET IntervalStyle = 'postgres'; SET DateStyle = 'ISO'" })
  }

  async parameters(): Promise<Record<string, string>> {
    const { result } = await this.run({ sql: PARAMETERS })
    return Object.fromEntries(result.rows.map((row) => [row.name, row.setting]))
  }

  /** Undoes what the last user of the session left open; `whole` also forgets its settings, temporary tables and so on. */
  async leave(whole: boolean): Promise<void> {
    if (this.status !== "idle") await this.run({ sql: "ROLLBACK" })
    if (whole) await this.run({ sql: "DISCARD ALL" })
    else for (const name of [...this.#prepared, ...this.#given]) await this.run({ sql: `DEALLOCATE ${quoteIdentifier(name)}` })
    this.#prepared.clear()
    this.#given.clear()
    this.#names.forget()
  }

  async #exchange(
    request: Uint8Array,
    types: ValueParsers | undefined,
    rowMode: Statement["rowMode"],
  ): Promise<Answer & { readonly parsed: boolean }> {
    const received = await this.#received(request)
    const parsed = received.some((message) => message.name === "parseComplete")
    return { ...this.#noted(readAnswer(received, types, rowMode)), parsed }
  }

  #noted(answer: Answer): Answer {
    this.status = answer.status
    if (answer.commands.some(takesPrepared)) this.#names.forget()
    return answer
  }

  // Exclusive: others may use the same instance.
  async #received(request: Uint8Array): Promise<readonly messages.BackendMessage[]> {
    const received = await this.instance.runExclusive(() => this.#send(request))
    // Without its end the answer is none: PGlite's process has broken, a stack overflow for one, and will say nothing more.
    if (received.some((message) => message.name === "readyForQuery")) return received
    this.broken = true
    throw new Error("PGlite's answer has no end")
  }

  async #send(request: Uint8Array): Promise<readonly messages.BackendMessage[]> {
    try {
      const { messages } = await this.instance.execProtocol(request, { throwOnError: false })
      return messages
    } catch (error) {
      this.broken = true
      throw error
    }
  }
}
