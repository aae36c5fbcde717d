import type { Readable } from "node:stream"
import type { Settings } from "../pools/lending-pool.ts"

export type Row = Record<string, unknown>

export type Query = (sql: string, params?: readonly unknown[]) => Promise<readonly Row[]>

/** A pool of real connections, as its users see it. */
export interface Client {
  /** One statement on any connection. */
  readonly query: Query
  acquire(): Promise<Borrowed>
  /** Holds a connection while `work` runs, by the library's own API for that. */
  holding<T>(work: () => Promise<T>): Promise<T>
  /** Runs a statement with a timeout of `ms`; undefined if the library documents no way. */
  readonly queryWithTimeout: ((sql: string, ms: number) => Promise<unknown>) | undefined
  /** Optional members exist where they are measured. */
  transaction?(work: (query: Query) => Promise<void>): Promise<void>
  copyFrom?(sql: string, source: Readable): Promise<void>
  /** From rows of values, encoded by the client, or by the caller if the client cannot. */
  copyRows?(sql: string, rows: readonly (readonly unknown[])[]): Promise<void>
  copyTo?(sql: string): Promise<AsyncIterable<Uint8Array>>
  close(): Promise<void>
}

export interface Borrowed {
  query(sql: string): Promise<readonly Row[]>
  /** @param error the borrower's error, for pools that accept one */
  release(error?: unknown): void
}

export interface ClientOptions {
  readonly host: string
  readonly port: number
  readonly user: string
  readonly password: string
  readonly database: string
  /** Encrypted, without certificate verification. @default false */
  readonly tls?: boolean | undefined
  readonly applicationName: string
  readonly max: number
  readonly settings: Settings
  /** Named prepared statements, if that is a setting. @default the client's own default */
  readonly prepare?: boolean | undefined
  /** @pgsd/pool only. @default 1 */
  readonly pipelineDepth?: number | "auto" | undefined
}

/** For clients measured by query() only. */
export const QUERY_ONLY: Pick<Client, "acquire" | "holding" | "queryWithTimeout"> = {
  acquire: () => Promise.reject(new Error("not measured")),
  holding: () => Promise.reject(new Error("not measured")),
  queryWithTimeout: undefined,
}
