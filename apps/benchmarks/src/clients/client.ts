import type { Readable } from "node:stream"
import type { Settings } from "../pools/lending-pool.ts"

export type Row = Record<string, unknown>

export type Query = (sql: string, params?: readonly unknown[]) => Promise<readonly Row[]>

/** A pool of real connections, as its users see it. */
export interface Client {
  /** One statement on any connection. */
  readonly query: Query
  acquire(): Promise<Borrowed>
  /** Holds a connection while `work` runs, in the way that is meant for it. */
  holding<T>(work: () => Promise<T>): Promise<T>
  /** Runs a statement but gives it up after `ms`; undefined where nothing documented does that. */
  readonly giveUp: ((sql: string, ms: number) => Promise<unknown>) | undefined
  /** What follows is there where it is measured. */
  transaction?(work: (query: Query) => Promise<void>): Promise<void>
  copyFrom?(sql: string, source: Readable): Promise<void>
  /** From rows of values, encoded by the client, or by its caller where it does not do that. */
  copyRows?(sql: string, rows: readonly (readonly unknown[])[]): Promise<void>
  copyTo?(sql: string): Promise<AsyncIterable<Uint8Array>>
  close(): Promise<void>
}

export interface Borrowed {
  query(sql: string): Promise<readonly Row[]>
  /** With the error that the borrower saw, where the pool wants to know. */
  release(error?: unknown): void
}

export interface ClientOptions {
  readonly host: string
  readonly port: number
  readonly user: string
  readonly password: string
  readonly database: string
  /** Encrypted, the certificate unchecked. @default false */
  readonly tls?: boolean | undefined
  readonly applicationName: string
  readonly max: number
  readonly settings: Settings
  /** Named prepared statements, where they are a setting. @default the client's own default */
  readonly prepare?: boolean | undefined
  /** Of @pgsd/pool alone. @default 1 */
  readonly pipelineDepth?: number | "auto" | undefined
}

/** For those that are measured with query() alone. */
export const QUERY_ALONE: Pick<Client, "acquire" | "holding" | "giveUp"> = {
  acquire: () => Promise.reject(new Error("not measured")),
  holding: () => Promise.reject(new Error("not measured")),
  giveUp: undefined,
}
