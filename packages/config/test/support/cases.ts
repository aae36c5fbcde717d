import { readFileSync } from "node:fs"
import type { SandboxFile } from "./sandbox.ts"

export interface ParseCase {
  readonly id: string
  readonly text: string
  readonly expect?: Readonly<Record<string, string>>
  /** libpq's message, or its beginning. */
  readonly error?: string
  /** The result of libpq_uri_regress: TCP or a Unix socket. */
  readonly transport?: "inet" | "local"
  readonly env?: Readonly<Record<string, string>>
}

export interface ResolveCase {
  readonly id: string
  readonly text: string
  readonly env?: Readonly<Record<string, string>>
  readonly files?: Readonly<Record<string, SandboxFile>>
  /** The result of PQconninfo; null is "not set". */
  readonly expect?: Readonly<Record<string, string | null>>
  /** The results of PQhost, PQport and the like. */
  readonly effective?: Readonly<Record<string, string>>
  readonly error?: string
  /** The error comes from connecting, not from reading the parameters. */
  readonly mode?: "connect"
}

export interface PasswordFileCase {
  readonly id: string
  readonly text: string
  readonly env?: Readonly<Record<string, string>>
  readonly files: Readonly<Record<string, SandboxFile>>
  readonly query: { readonly host: string; readonly port: string; readonly dbname: string; readonly user: string }
  readonly password: string | null
  /** What libpq writes to standard error. */
  readonly stderr?: string
}

export function cases<T>(name: string): T[] {
  return JSON.parse(readFileSync(new URL(`../cases/${name}.json`, import.meta.url), "utf8")) as T[]
}
