import type { VirtualClock } from "./virtual-clock.ts"

/** How the server treats attempts; `silent` responds to nothing, not even on open sessions. */
export type ServerState = "up" | "refused" | "starting" | "silent"

/** Why there is no session: nothing listens, the server is starting (57P03), it has no slot (53300), or the attempt was abandoned. */
export type Refusal = "refused" | "starting" | "full"

const ROUND_TRIP_MS = 1
/** Fork, TLS and authentication of one login on an otherwise idle server. */
const LOGIN_MS = 8

/** One session at the server. */
export interface Session {
  readonly open: boolean
  /** `done` is called once: true if the work has completed, false if the session was lost. */
  work(ms: number, done: (ok: boolean) => void): void
  onLost(listener: () => void): void
  end(): void
}

/** Events in each 100 ms. */
export interface Bucket {
  /** Attempts, whether or not the server was listening. */
  attempts: number
  /** Attempts that reached a listening server: each costs it a process. */
  reached: number
  granted: number
}

export const BUCKET_MS = 100

/** A server with a number of slots and a limit of logins per second. It models time and sessions, and knows nothing of clients. */
export class SimulatedServer {
  state: ServerState = "up"
  slots: number
  loginsPerSecond = 2_000
  readonly buckets: Bucket[] = []
  readonly #clock: VirtualClock
  readonly #sessions = new Set<SimulatedSession>()
  /** The earliest start of the next login. */
  #freeAt = 0

  constructor(clock: VirtualClock, slots: number) {
    this.#clock = clock
    this.slots = slots
  }

  get sessions(): number {
    return this.#sessions.size
  }

  /** @returns a function that abandons the attempt; then neither callback is called */
  attempt(granted: (session: Session) => void, refused: (why: Refusal) => void): () => void {
    const bucket = this.#bucket()
    bucket.attempts++
    let over = false
    const later = (ms: number, act: () => void) => this.#clock.setTimeout(() => over || act(), ms)
    const abandon = () => {
      over = true
    }
    if (this.state === "silent") return abandon
    if (this.state === "refused") {
      later(ROUND_TRIP_MS, () => refused("refused"))
      return abandon
    }
    bucket.reached++
    const now = this.#clock.now()
    this.#freeAt = Math.max(this.#freeAt, now) + 1_000 / this.loginsPerSecond
    const answersAt = Math.max(LOGIN_MS, this.#freeAt - now)
    later(answersAt, () => {
      if (this.state === "silent") return
      if (this.state !== "up") return refused(this.state)
      if (this.#sessions.size >= this.slots) return refused("full")
      this.#bucket().granted++
      const session = new SimulatedSession(this.#clock, this, () => this.#sessions.delete(session))
      this.#sessions.add(session)
      granted(session)
    })
    return abandon
  }

  /** Every session is lost; its client notices a round trip later. */
  cut(): void {
    for (const session of [...this.#sessions]) session.lose()
  }

  #bucket(): Bucket {
    const index = Math.floor(this.#clock.now() / BUCKET_MS)
    while (this.buckets.length <= index) this.buckets.push({ attempts: 0, reached: 0, granted: 0 })
    return this.buckets[index]!
  }
}

class SimulatedSession implements Session {
  open = true
  readonly #clock: VirtualClock
  readonly #server: SimulatedServer
  readonly #left: () => void
  readonly #lost: (() => void)[] = []
  #working: ((ok: boolean) => void) | undefined

  constructor(clock: VirtualClock, server: SimulatedServer, left: () => void) {
    this.#clock = clock
    this.#server = server
    this.#left = left
  }

  work(ms: number, done: (ok: boolean) => void): void {
    this.#working = done
    this.#clock.setTimeout(() => {
      if (this.#server.state !== "silent" && this.open) this.#settle(true)
    }, ms + ROUND_TRIP_MS)
  }

  onLost(listener: () => void): void {
    this.#lost.push(listener)
  }

  end(): void {
    if (!this.open) return
    this.open = false
    this.#left()
  }

  lose(): void {
    this.end()
    this.#clock.setTimeout(() => {
      this.#settle(false)
      for (const listener of this.#lost.splice(0)) listener()
    }, ROUND_TRIP_MS)
  }

  #settle(ok: boolean): void {
    const working = this.#working
    this.#working = undefined
    working?.(ok)
  }
}
