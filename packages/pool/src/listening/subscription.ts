import { callListener, type Notification, onAbort, type PgsdError } from "@pgsd/driver"
import type { Listening, ListenOptions } from "../connection-pool.ts"

type Handler = (notification: Notification) => void | Promise<void>

interface Loss {
  /** Monotonic, in ms. */
  readonly since: number
  readonly error: PgsdError | undefined
}

/** What a subscription needs from its hub. */
export interface SubscriptionHost {
  /** Whether LISTEN is active for all of these channels. */
  isInForce(channels: readonly string[]): boolean
  /** The subscription has ended. Resolves when the server is up to date; never rejects. */
  leave(subscription: Subscription): Promise<void>
}

/** One call of listen(). */
export class Subscription implements Listening {
  readonly channels: readonly string[]
  readonly heartbeatMs: number
  /** Resolves when LISTEN is active for the first time. */
  readonly begun: Promise<void>
  readonly #handler: Handler
  readonly #onGap: ListenOptions["onGap"]
  readonly #host: SubscriptionHost
  #begin: () => void = () => {}
  #refuse: (error: unknown) => void = () => {}
  #state: "starting" | "begun" | "over" = "starting"
  #loss: Loss | undefined
  #unfollow = () => {}
  #closing: Promise<void> | undefined

  constructor(host: SubscriptionHost, channels: readonly string[], handler: Handler, heartbeatMs: number, onGap: ListenOptions["onGap"]) {
    this.#host = host
    this.channels = channels
    this.heartbeatMs = heartbeatMs
    this.#handler = handler
    this.#onGap = onGap
    this.begun = new Promise((resolve, reject) => {
      this.#begin = resolve
      this.#refuse = reject
    })
    // The caller may have given up.
    this.begun.catch(() => {})
  }

  get starting(): boolean {
    return this.#state === "starting"
  }

  get active(): boolean {
    return this.#state === "begun" && this.#host.isInForce(this.channels)
  }

  /** From then on only close() ends it. */
  endWith(signal: AbortSignal | undefined): void {
    if (signal?.aborted) void this.close()
    else if (signal !== undefined && this.#state !== "over") this.#unfollow = onAbort(signal, () => void this.close())
  }

  tell(notification: Notification): void {
    if (this.#state !== "over") callListener(this.#handler, notification)
  }

  /** LISTEN is active for all its channels. */
  inForce(now: number): void {
    const loss = this.#loss
    this.#loss = undefined
    if (this.#state === "starting") {
      this.#state = "begun"
      this.#begin()
    } else if (loss !== undefined && this.#onGap !== undefined)
      callListener(this.#onGap, { channels: this.channels, durationMs: now - loss.since, error: loss.error })
  }

  /** The session has ended. */
  lost(since: number, error: PgsdError | undefined): void {
    if (this.#state === "begun") this.#loss ??= { since, error }
  }

  refuse(error: unknown): void {
    this.#refuse(error)
    void this.close()
  }

  close(): Promise<void> {
    this.#state = "over"
    this.#unfollow()
    this.#closing ??= this.#host.leave(this)
    return this.#closing
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}
