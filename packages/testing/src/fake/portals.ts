import type { ConnectionPlace, PipelineResult, QueryOptions } from "@pgsd/driver"
import { failureOf } from "./failure.ts"
import { queryResult } from "./results.ts"
import type { FakeResult } from "./script.ts"

interface Portal {
  readonly sql: string
  readonly result: FakeResult
  /** Number of rows already returned. */
  taken: number
}

/** Suspended results of pipelined statements, by portal name. */
export class FakePortals {
  readonly #portals = new Map<string, Portal>()

  open(name: string, sql: string, result: FakeResult): void {
    this.#portals.set(name, { sql, result, taken: 0 })
  }

  statementOf(name: string): string {
    return this.#portals.get(name)?.sql ?? ""
  }

  /** Like a server: suspends at the row limit even if no rows are left. @throws QueryError 34000 */
  take(name: string, count: number, options: QueryOptions, place: ConnectionPlace): PipelineResult {
    const portal = this.#portals.get(name)
    if (portal === undefined) throw failureOf({ sqlState: "34000", message: `portal "${name}" does not exist` }, place)
    const { sql, result, taken } = portal
    const { fields } = queryResult(sql, result, options)
    const { rows, ...whole } = queryResult(sql, { ...result, fields, ...slice(result, taken, taken + count) }, options)
    portal.taken += rows.length
    if (rows.length >= count) return { ...whole, rows, rowCount: rows.length, command: "", suspended: true }
    return { ...whole, rows, rowCount: taken === 0 ? whole.rowCount : rows.length, suspended: false }
  }

  close(name: string): void {
    this.#portals.delete(name)
  }

  forget(): void {
    this.#portals.clear()
  }
}

function slice({ rows, wire }: FakeResult, from: number, to: number): FakeResult {
  if (wire !== undefined) return { wire: { ...wire, rows: wire.rows.slice(from, to) } }
  return rows === undefined ? {} : { rows: rows.slice(from, to) }
}
