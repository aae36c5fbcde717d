import type { Settings } from "../pools/lending-pool.ts"

export type Row = Record<string, unknown>

/** A pool of real connections, as its users see it. */
export interface Client {
  /** One statement on any connection. */
  query(sql: string): Promise<readonly Row[]>
  acquire(): Promise<Borrowed>
  /** Holds a connection while `work` runs, in the way that is meant for it. */
  holding<T>(work: () => Promise<T>): Promise<T>
  /** Runs a statement but gives it up after `ms`; undefined where nothing documented does that. */
  readonly giveUp: ((sql: string, ms: number) => Promise<unknown>) | undefined
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
  readonly applicationName: string
  readonly max: number
  readonly settings: Settings
  /** Of @pgsd/pool alone. @default 1 */
  readonly pipelineDepth?: number | "auto" | undefined
}
