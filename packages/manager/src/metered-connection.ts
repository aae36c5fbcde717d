import {
  type Connection,
  type ConnectionInfo,
  type ConnectionStatus,
  isPgsdError,
  type Notice,
  type Notification,
  type PgsdError,
  type QueryOptions,
  type QueryResult,
  type Row,
} from "@pgsd/driver"
import type { Lease } from "@pgsd/pool"
import type { Meter } from "./meter.ts"
import { named } from "./named.ts"

/** A lease under its database's name, with its queries timed. Closing it gives the lease back. */
export class MeteredConnection implements Connection {
  readonly #lease: Lease
  readonly #name: string
  readonly #queries: Meter

  constructor(lease: Lease, name: string, queries: Meter) {
    this.#lease = lease
    this.#name = name
    this.#queries = queries
  }

  get status(): ConnectionStatus {
    return this.#lease.status
  }

  get info(): ConnectionInfo {
    return { ...this.#lease.info, label: this.#name }
  }

  get serverParameters(): Readonly<Record<string, string>> {
    return this.#lease.serverParameters
  }

  get native(): unknown {
    return this.#lease.native
  }

  async query<R = Row>(sql: string, params?: readonly unknown[], options?: QueryOptions): Promise<QueryResult<R>> {
    const started = performance.now()
    try {
      const result = await this.#lease.query<R>(sql, params, options)
      this.#queries.add(performance.now() - started, false)
      return result
    } catch (error) {
      // A caller who changes his mind is no failure; a time-out is one, and comes as an error of ours.
      this.#queries.add(performance.now() - started, isPgsdError(error))
      throw named(this.#name, error, options?.signal)
    }
  }

  onClose(listener: (error: PgsdError | undefined) => void): void {
    this.#lease.onClose((error) => listener(error && (named(this.#name, error) as PgsdError)))
  }

  onNotice(listener: (notice: Notice) => void): void {
    this.#lease.onNotice(listener)
  }

  onNotification(listener: (notification: Notification) => void): void {
    this.#lease.onNotification(listener)
  }

  async close(): Promise<void> {
    this.#lease.release()
  }

  destroy(): void {
    this.#lease.destroy()
  }

  ref(): void {
    this.#lease.ref?.()
  }

  unref(): void {
    this.#lease.unref?.()
  }
}
