import type { messages, PGlite } from "@electric-sql/pglite"
import { type PipelineStep, quoteIdentifier, type ValueParsers } from "@pgsd/driver"
import { endsTransaction, mustPrepareAgain, opensAnotherTransaction, StatementNames, takesPrepared } from "@pgsd/driver/adapter"
import { type Answer, readAnswer, readAnswers, readStepAnswers, statusOf } from "./answer.ts"
import { closing, copyStatement, extendedQuery, namedQuery, pipelinedQuery, STARTUP, simpleQuery } from "./request.ts"

export interface Statement {
  readonly sql: string
  readonly params?: readonly (string | null)[] | undefined
  /** A string is the statement's name. */
  readonly prepare?: boolean | string | undefined
  /** The response has a part for each statement. */
  readonly all?: boolean | undefined
  readonly types?: ValueParsers | undefined
  readonly rowMode?: "array" | undefined
  /** The data for a COPY FROM. */
  readonly copyIn?: Uint8Array | undefined
  /** Then `sql` has the texts of all of them. */
  readonly steps?: readonly PipelineStep[] | undefined
  /** The parameters of each step. */
  readonly values?: readonly (readonly (string | null)[] | undefined)[] | undefined
  /** A COPY TO, whose data the answer has. */
  readonly copyOut?: boolean | undefined
}

/** Output settings that the value table expects. */
const VALUE_SETTINGS = { extra_float_digits: "1", IntervalStyle: "postgres", DateStyle: "ISO" }

/** Set at the start of a session, whatever the database or the previous user of the instance has set. */
const SET_VALUES = `SELECT pg_catalog.set_config(name, value, false)
  FROM (VALUES ${Object.entries(VALUE_SETTINGS).map(([name, value]) => `('${name}', '${value}')`)}) AS ours (name, value)`

/** Values from the startup packet would survive a RESET; here they are set again after one, unless the session has its own SET. */
const RESTORE_VALUES = `${SET_VALUES} JOIN pg_catalog.pg_settings AS theirs USING (name) WHERE theirs.source <> 'session'`

/** Queried for a new session, and after calls on `native`, which may have changed them. */
const PARAMETERS = `SELECT name, pg_catalog.current_setting(name, true) AS setting FROM pg_catalog.unnest(ARRAY['application_name',
  'client_encoding', 'DateStyle', 'default_transaction_read_only', 'extra_float_digits', 'in_hot_standby', 'integer_datetimes', 'IntervalStyle',
  'is_superuser', 'search_path', 'server_encoding', 'server_version', 'standard_conforming_strings', 'TimeZone'])
  AS name
UNION ALL VALUES ('session_authorization', session_user::text), ('user', current_user::text), ('database', current_database()::text), ('processId', pg_catalog.pg_backend_pid()::text)`

/** Commands that may reset the output settings. */
const MAY_UNDO_SETTINGS: ReadonlySet<string> = new Set(["SET", "RESET", "DISCARD ALL"])

/** Instances that report parameter changes. */
const reporting = new WeakSet<PGlite>()

/** Not in PGlite's types. */
interface Module {
  _IsAbortedTransactionBlockState?(): number
}

/**
 * PostgreSQL reports its statistics 10 s after a statement, with a timer that keeps a Node process alive. Reporting them now makes the
 * timer unnecessary, but only the timer of another statement clears it: PGlite has a single one.
 */
const REPORT = "SELECT pg_catalog.pg_stat_force_next_flush()"
const END_TIMER = `SET LOCAL statement_timeout = 10; ${REPORT}`

/** PGlite's single session, by the PostgreSQL protocol. It runs one request at a time; others wait. */
export class Session {
  readonly instance: PGlite
  /** The status of the last response, or one queried since. */
  status: Answer["status"] = "idle"
  transactionEpoch = 0
  /** PGlite's process has failed: another call may never return. */
  broken = false
  /** The caller's instance keeps the caller's settings. */
  readonly #own: boolean
  readonly #names = new StatementNames()
  /** Statement names of this session that the server has … */
  readonly #prepared = new Set<string>()
  /** … and those of callers. */
  readonly #given = new Set<string>()
  /** Names no longer used that the server may still have. */
  #obsolete: string[] = []

  constructor(instance: PGlite, own: boolean) {
    this.instance = instance
    this.#own = own
  }

  async run(statement: Statement): Promise<Answer> {
    const answer = await this.#run(statement)
    const { status, commands } = answer
    const ended = status === "idle" || commands.some(endsTransaction)
    if (ended || (commands.includes("ROLLBACK") && opensAnotherTransaction(statement.sql))) this.transactionEpoch++
    return answer
  }

  async #run({ sql, params, prepare, all, types, rowMode, steps, values = [], copyIn, copyOut }: Statement): Promise<Answer> {
    if (steps !== undefined) return this.#noted(readStepAnswers(await this.#received(pipelinedQuery(steps, values)), steps))
    if (copyIn !== undefined || copyOut === true) return this.#exchange(copyStatement(sql, copyIn), undefined, undefined)
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
    if (!known || !mustPrepareAgain(answer.error?.code, answer.error?.routine, answer.bound)) return answer
    this.#obsolete.push(...this.#names.forget())
    // Outside a transaction nothing was executed.
    return answer.status === "idle" ? this.#runPrepared(sql, params, types, rowMode) : answer
  }

  /** @returns the initial parameters, and the identity of session and server */
  async begin(): Promise<Record<string, string>> {
    if (!reporting.has(this.instance)) {
      await this.#received(STARTUP)
      reporting.add(this.instance)
    }
    if (this.#own) await this.run({ sql: SET_VALUES })
    return this.parameters()
  }

  /** Whether this response may have reset the output settings. A failed transaction allows no query. */
  mayHaveLostSettings({ commands, status }: Answer): boolean {
    return this.#own && status !== "failed" && commands.some((command) => MAY_UNDO_SETTINGS.has(command))
  }

  async parameters(): Promise<Record<string, string>> {
    let found = await this.#settings()
    if (this.#own && Object.entries(VALUE_SETTINGS).some(([name, value]) => !found[name]?.startsWith(value))) {
      await this.run({ sql: RESTORE_VALUES })
      found = await this.#settings()
    }
    const { extra_float_digits: _, ...parameters } = found
    return parameters
  }

  async #settings(): Promise<Record<string, string>> {
    const { result } = await this.run({ sql: PARAMETERS })
    return Object.fromEntries(result.rows.map((row) => [row.name, row.setting]))
  }

  /**
   * Others have used the instance: queries the state they left it in.
   *
   * @param sql what they executed, or tried to: how much of a text was executed before an error is not known, so its end counts. Undefined
   * if unknown
   */
  look(sql: string | undefined): void {
    if (this.broken || this.instance.closed) return
    const isOpen = this.instance.isInTransaction()
    if (!isOpen || (sql !== undefined && opensAnotherTransaction(sql))) this.transactionEpoch++
    if (!isOpen) this.status = "idle"
    else this.status = (this.instance.Module as Module)._IsAbortedTransactionBlockState?.() ? "failed" : "transaction"
  }

  /** Resets what the last user of the session left open; `whole` also resets settings, temporary tables and so on. */
  async leave(whole: boolean): Promise<void> {
    if (this.status !== "idle") await this.run({ sql: "ROLLBACK" })
    if (!whole) await this.run({ sql: "SET client_encoding = 'UTF8'" })
    if (whole) await this.run({ sql: "DISCARD ALL" })
    else for (const name of [...this.#prepared, ...this.#given]) await this.run({ sql: `DEALLOCATE ${quoteIdentifier(name)}` })
    this.#prepared.clear()
    this.#given.clear()
    this.#names.forget()
    this.#obsolete = []
    for (const sql of [REPORT, END_TIMER]) await this.run({ sql })
  }

  async #exchange(
    request: Uint8Array,
    types: ValueParsers | undefined,
    rowMode: Statement["rowMode"],
  ): Promise<Answer & { readonly parsed: boolean; readonly bound: boolean }> {
    const received = await this.#received(request)
    const [parsed, bound] = ["parseComplete", "bindComplete"].map((name) => received.some((message) => message.name === name))
    return { ...this.#noted(readAnswer(received, types, rowMode)), parsed: parsed === true, bound: bound === true }
  }

  #noted<A extends Answer>(answer: A): A {
    if (!answer.commands.some(takesPrepared)) return answer
    const names = this.#names.forget()
    if (!answer.commands.some((command) => command.endsWith(" ALL"))) this.#obsolete.push(...names)
    return answer
  }

  // Exclusive: the instance may be shared. Outside a transaction no statement may end up in another user's.
  #received(request: Uint8Array): Promise<readonly messages.BackendMessage[]> {
    const names = this.#obsolete
    this.#obsolete = []
    for (const name of names) this.#prepared.delete(name)
    const exchange = () => this.instance.runExclusive(() => this.#send(closing(names, request)))
    return this.status === "idle" ? this.instance._runExclusiveTransaction(exchange) : exchange()
  }

  async #send(request: Uint8Array): Promise<readonly messages.BackendMessage[]> {
    try {
      const { messages: received } = await this.instance.execProtocol(request, { throwOnError: false })
      const end = received.findLast((message) => message.name === "readyForQuery")
      // A response without an end is invalid: PGlite's process has failed, for example by a stack overflow, and will not respond again.
      if (end === undefined) throw new Error("PGlite's response is incomplete")
      this.status = statusOf(end)
      return received
    } catch (error) {
      this.broken = true
      throw error
    }
  }
}
