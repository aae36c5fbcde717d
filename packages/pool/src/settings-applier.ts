import { type Connection, isRetryable, QueryError, quoteLiteral } from "@pgsd/driver"
import { WAY_OUT } from "./check-session-settings.ts"
import { PoolError } from "./errors.ts"
import type { PoolSettings } from "./pool-options.ts"

type SettingValues = NonNullable<PoolSettings["settings"]>

/** Applies the settings of every session of a pool, in one round trip. */
export class SettingsApplier {
  /** Applies all of them; one statement of the simple protocol. */
  readonly sql: string
  readonly #entries: readonly (readonly [name: string, value: string])[]
  readonly #values: string
  readonly #label: string
  /** The caller has declared a pooler in session mode. */
  readonly #trusted: boolean

  constructor(values: SettingValues, label: string, pooler: PoolSettings["pooler"]) {
    this.#entries = Object.entries(values).map(([name, value]) => [name, textOf(value)] as const)
    this.#values = this.#entries.map(([name, value]) => setting(name, value)).join(", ")
    this.sql = `SELECT ${this.#values}`
    this.#label = label
    this.#trusted = pooler === "session"
  }

  /** @throws PoolError PGSD_SETTING_REFUSED, or an error that is unrelated to a setting */
  async apply(connection: Connection): Promise<void> {
    const { processId } = connection.info
    if (processId === 0 || this.#trusted) return this.#run(connection, this.sql)
    // Behind a pooler, the backend process differs from the one announced at startup, and its settings may reach another client.
    const own = `pg_catalog.pg_backend_pid() = ${processId}`
    await this.#run(connection, `SELECT CASE WHEN ${own} THEN ARRAY[${this.#values}] END AS applied`)
  }

  async #run(connection: Connection, sql: string): Promise<void> {
    try {
      const { rows } = await connection.query<{ applied?: unknown }>(sql)
      if (rows[0]?.applied === null) throw this.#behindPooler()
    } catch (error) {
      if (!(error instanceof QueryError) || isRetryable(error)) throw error
      throw this.#refused(await this.#culprit(connection), error)
    }
  }

  /** The server's message may not name it. */
  async #culprit(connection: Connection): Promise<string> {
    for (const [name, value] of this.#entries) {
      const refused = await connection.query(`SELECT ${setting(name, value)}`).then(
        () => false,
        (error: unknown) => error instanceof QueryError,
      )
      if (refused) return `setting "${name}" was`
    }
    return `settings (${this.#names()}) were`
  }

  #names(): string {
    return this.#entries.map(([name]) => name).join(", ")
  }

  #refused(what: string, cause: QueryError): PoolError {
    return new PoolError("PGSD_SETTING_REFUSED", `${this.#label}: ${what} refused by the server: ${cause.message}`, {
      cause,
      sqlState: cause.sqlState,
      hint: cause.hint,
      label: this.#label,
    })
  }

  #behindPooler(): PoolError {
    const fact = `settings (${this.#names()}) would not last: there is a connection pooler in front of the server`
    return new PoolError("PGSD_SETTING_REFUSED", `${this.#label}: ${fact}`, {
      hint: `${WAY_OUT}; if the pooler is in session mode, say pooler: "session"`,
      label: this.#label,
    })
  }
}

function setting(name: string, value: string): string {
  return `pg_catalog.set_config(${quoteLiteral(name)}, ${quoteLiteral(value)}, false)`
}

function textOf(value: string | number | boolean): string {
  return typeof value === "boolean" ? (value ? "on" : "off") : String(value)
}
