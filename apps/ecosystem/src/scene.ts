import assert from "node:assert/strict"
import { Pool as PgsdPool } from "@pgsd/pg-compat"
import type { PostgresServer } from "@pgsd/testing/server"
import pg from "pg"

/** pg.Pool unchanged, pg.Pool with error listeners on the pool and on each client, and @pgsd/pg-compat's. */
export const KINDS = ["pg", "pg-listeners", "pgsd"] as const
export type Kind = (typeof KINDS)[number]

export const FAULTS = ["terminate", "restart"] as const
/** The fault under eight workers: every session is terminated, or the server is down for a second. With none, no worker runs. */
export type Fault = "none" | (typeof FAULTS)[number]

export interface Outcome {
  readonly passed: readonly string[]
  readonly failed: readonly string[]
  /** Under the fault. */
  readonly calls?: {
    readonly ok: number
    readonly failed: number
    readonly okAfterwards: number
    readonly errors: Readonly<Record<string, number>>
  }
  /** The error that would have ended the process. */
  readonly crash?: string
}

const WORKERS = 8
const DOWN_MS = 1_000
/** Load before the fault, and after it. */
const BEFORE_MS = 500
const AFTER_MS = { terminate: 1_000, restart: 3_000 } as const

/** The interface for a client's script. */
export class Scene {
  readonly server: PostgresServer
  readonly fault: Fault
  readonly passed: string[] = []
  readonly failed: string[] = []
  calls: Outcome["calls"]
  readonly #kind: Kind

  constructor(server: PostgresServer, kind: Kind, fault: Fault) {
    this.server = server
    this.fault = fault
    this.#kind = kind
  }

  /** The class, for a library that creates the pool itself. */
  get Pool(): typeof pg.Pool {
    if (this.#kind === "pgsd") return PgsdPool as unknown as typeof pg.Pool
    if (this.#kind === "pg") return pg.Pool
    return class extends pg.Pool {
      constructor(config?: pg.PoolConfig) {
        super(config)
        this.on("error", () => {})
        this.on("connect", (client) => void client.on("error", () => {}))
      }
    }
  }

  pool(): pg.Pool {
    return new this.Pool({ connectionString: this.server.url(), max: 5 })
  }

  async step(name: string, work: () => unknown): Promise<void> {
    try {
      await work()
      this.passed.push(name)
    } catch (error) {
      this.failed.push(`${name}: ${textOf(error)}`)
    }
  }

  /** Checks that it rejects with that SQLSTATE, wherever the client puts it. */
  async refused(code: string, work: Promise<unknown>): Promise<void> {
    const error = await work.then(
      () => undefined,
      (thrown: unknown) => thrown,
    )
    assert.equal(codeOf(error), code)
  }

  /** Eight workers and the fault. Calls in flight fail over any pool; what counts is the other calls, and that all succeed afterwards. */
  async underFault(work: () => Promise<unknown>): Promise<void> {
    const { fault } = this
    if (fault === "none") return
    const calls = { ok: 0, failed: 0, okAfterwards: 0, errors: {} as Record<string, number> }
    this.calls = calls
    let over = false
    let recovered = false
    const worker = async () => {
      while (!over) {
        const late = recovered
        try {
          await work()
          calls.ok += 1
          if (late) calls.okAfterwards += 1
        } catch (error) {
          calls.failed += 1
          const key = String(codeOf(error) ?? textOf(error))
          calls.errors[key] = (calls.errors[key] ?? 0) + 1
          await pause(10)
        }
      }
    }
    const workers = Promise.all(Array.from({ length: WORKERS }, worker))
    await pause(BEFORE_MS)
    if (fault === "terminate") await this.terminateAll()
    else {
      await this.server.stop()
      await pause(DOWN_MS)
      await this.server.start()
    }
    recovered = true
    await pause(AFTER_MS[fault])
    over = true
    await workers
    // Once more while everything is idle.
    await this.terminateAll()
    await pause(200)
    await this.step("works after sessions ended while idle", work)
  }

  terminateAll(): Promise<unknown> {
    return this.server.sql(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'",
    )
  }

  outcome(crash?: string): Outcome {
    const { passed, failed, calls } = this
    return { passed, failed, ...(calls !== undefined && { calls }), ...(crash !== undefined && { crash }) }
  }
}

// The faults have a real duration.
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

export function textOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split("\n")[0]!.slice(0, 150)
}

function codeOf(error: unknown): unknown {
  for (
    let each = error as { code?: unknown; cause?: unknown; originalCode?: unknown } | undefined;
    each != null;
    each = each.cause as typeof each
  ) {
    if (each.originalCode !== undefined) return each.originalCode
    if (each.code !== undefined) return each.code
  }
  return undefined
}
