import type { Session } from "../server.ts"
import type { FleetPool, Outcome, PolicyOptions } from "./policy.ts"

interface Client {
  session: Session | undefined
  idleTimer: unknown
}

interface Pending {
  readonly ms: number
  readonly settle: (outcome: Outcome) => void
  timer: unknown
}

/**
 * How pg-pool 3.14.0 connects (index.js), with its own names. There are no pauses: a caller that finds room opens a client (`connect`,
 * lines 190 to 238) and gets its failure (`newClient`, 283); a failed client immediately makes room for the next caller in the queue (280);
 * a lost idle client is removed (`makeIdleListener`, 51). `connectionTimeoutMillis` has no default (206, 250).
 *
 * @param connectionTimeoutMillis 0: none, the default
 */
export function pgPool(connectionTimeoutMillis: number): (options: PolicyOptions) => FleetPool {
  return (options) => new PgPool(options, connectionTimeoutMillis)
}

class PgPool implements FleetPool {
  readonly #options: PolicyOptions
  readonly #timeoutMs: number
  readonly #clients = new Set<Client>()
  readonly #idle: Client[] = []
  readonly #pendingQueue: Pending[] = []

  constructor(options: PolicyOptions, timeoutMs: number) {
    this.#options = options
    this.#timeoutMs = timeoutMs
  }

  call(ms: number): Promise<Outcome> {
    return new Promise((settle) => {
      const pending: Pending = { ms, settle, timer: undefined }
      const full = this.#clients.size >= this.#options.max
      if (!full && this.#idle.length === 0) {
        this.#newClient(pending)
        return
      }
      this.#pendingQueue.push(pending)
      if (this.#timeoutMs > 0)
        pending.timer = this.#options.clock.setTimeout(() => {
          const at = this.#pendingQueue.indexOf(pending)
          if (at < 0) return
          this.#pendingQueue.splice(at, 1)
          settle("failed")
        }, this.#timeoutMs)
      if (this.#idle.length > 0) this.#pulseQueue()
    })
  }

  #pulseQueue(): void {
    if (this.#pendingQueue.length === 0) return
    if (this.#idle.length === 0 && this.#clients.size >= this.#options.max) return
    const pending = this.#pendingQueue.shift()!
    this.#options.clock.clearTimeout(pending.timer)
    const client = this.#idle.pop()
    if (client === undefined) {
      this.#newClient(pending)
      return
    }
    this.#options.clock.clearTimeout(client.idleTimer)
    this.#acquired(client, pending)
  }

  #newClient(pending: Pending): void {
    const { clock, server } = this.#options
    const client: Client = { session: undefined, idleTimer: undefined }
    this.#clients.add(client)
    let timer: unknown
    const failed = () => {
      clock.clearTimeout(timer)
      this.#clients.delete(client)
      this.#pulseQueue()
      pending.settle("failed")
    }
    const abandon = server.attempt((session) => {
      clock.clearTimeout(timer)
      client.session = session
      session.onLost(() => this.#remove(client))
      this.#acquired(client, pending)
    }, failed)
    if (this.#timeoutMs > 0)
      timer = clock.setTimeout(() => {
        abandon()
        failed()
      }, this.#timeoutMs)
  }

  #acquired(client: Client, { ms, settle }: Pending): void {
    client.session!.work(ms, (ok) => {
      settle(ok ? "served" : "lost")
      if (ok) this.#release(client)
      else this.#remove(client)
    })
  }

  #release(client: Client): void {
    client.idleTimer = this.#options.clock.setTimeout(() => this.#remove(client), this.#options.idleTimeoutMs)
    this.#idle.push(client)
    this.#pulseQueue()
  }

  #remove(client: Client): void {
    this.#options.clock.clearTimeout(client.idleTimer)
    const at = this.#idle.indexOf(client)
    if (at >= 0) this.#idle.splice(at, 1)
    if (!this.#clients.delete(client)) return
    client.session?.end()
    this.#pulseQueue()
  }
}
