import type pg from "pg"
import { pause } from "../measures/pause.ts"

/** A superuser session, not through the proxy, for one contestant's connections. */
export class Admin {
  readonly #client: pg.Client
  readonly #applicationName: string

  constructor(client: pg.Client, applicationName: string) {
    this.#client = client
    this.#applicationName = applicationName
  }

  async sql(text: string, values: readonly unknown[] = []): Promise<readonly Record<string, unknown>[]> {
    return (await this.#client.query(text, [...values])).rows
  }

  /** Process ids of the contestant's connections. */
  async backends(): Promise<readonly number[]> {
    const rows = await this.sql("select pid from pg_stat_activity where application_name = $1", [this.#applicationName])
    return rows.map(({ pid }) => pid as number)
  }

  /** Whether one of them runs a statement that contains `part`. */
  async runs(part: string): Promise<boolean> {
    const active = "select 1 from pg_stat_activity where application_name = $1 and state = 'active' and position($2 in query) > 0"
    return (await this.sql(active, [this.#applicationName, part])).length > 0
  }

  async terminateAll(): Promise<void> {
    await this.sql("select pg_terminate_backend(pid) from pg_stat_activity where application_name = $1", [this.#applicationName])
  }

  /** @returns whether the contestant has that many connections in time */
  async counts(wanted: number, timeoutMs: number): Promise<boolean> {
    for (const until = performance.now() + timeoutMs; ; ) {
      if ((await this.backends()).length === wanted) return true
      if (performance.now() > until) return false
      await pause(20)
    }
  }
}
