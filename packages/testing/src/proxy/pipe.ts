import type { Socket } from "node:net"

/** Maximum number of bytes held back before reading stops, so that latency cannot exhaust the memory. */
const HIGH_WATER_BYTES = 4 * 1024 * 1024

interface Item {
  /** `undefined` is the end of the stream. */
  readonly bytes: Buffer | undefined
  readonly dueAt: number
}

interface PipeOptions {
  readonly from: Socket
  readonly to: Socket
  /** Delay of bytes that arrive now, in ms. */
  readonly delayMs: () => number
  readonly bytesPerSecond: () => number
  /** Called before bytes are sent; returns how many may pass. */
  readonly admit: (bytes: Buffer) => number
}

/** One direction of a connection: a queue in arrival order, with the due time of each item. */
export class Pipe {
  readonly #options: PipeOptions
  readonly #queue: Item[] = []
  #queuedBytes = 0
  #lastDueAt = 0
  #timer: NodeJS.Timeout | undefined
  #blocked = false
  #stopped = false

  constructor(options: PipeOptions) {
    this.#options = options
  }

  push(bytes: Buffer): void {
    const rate = this.#options.bytesPerSecond()
    if (rate === Number.POSITIVE_INFINITY) {
      this.#enqueue(bytes, 0)
      return
    }
    // A tenth of a second at a time, so that a throttled stream flows evenly instead of in bursts.
    const slice = Math.max(1, Math.floor(rate / 10))
    for (let at = 0; at < bytes.length; at += slice) {
      const part = bytes.subarray(at, at + slice)
      this.#enqueue(part, (part.length / rate) * 1000)
    }
  }

  end(): void {
    this.#enqueue(undefined, 0)
  }

  /** Discards the queue; nothing passes any more. */
  stop(): void {
    this.#stopped = true
    clearTimeout(this.#timer)
    this.#queue.length = 0
  }

  /** The receiving side accepts more. */
  drained(): void {
    if (!this.#blocked) return
    this.#blocked = false
    this.#flush()
  }

  #enqueue(bytes: Buffer | undefined, transferMs: number): void {
    if (this.#stopped) return
    const dueAt = Math.max(performance.now() + this.#options.delayMs(), this.#lastDueAt) + transferMs
    this.#lastDueAt = dueAt
    this.#queue.push({ bytes, dueAt })
    this.#queuedBytes += bytes?.length ?? 0
    this.#flush()
  }

  #flush(): void {
    clearTimeout(this.#timer)
    while (!this.#stopped && !this.#blocked && this.#queue.length > 0) {
      const waitMs = this.#queue[0]!.dueAt - performance.now()
      if (waitMs > 0) {
        this.#timer = setTimeout(() => this.#flush(), Math.ceil(waitMs))
        break
      }
      this.#send(this.#queue.shift()!)
    }
    if (this.#stopped) return
    if (this.#blocked || this.#queuedBytes > HIGH_WATER_BYTES) this.#options.from.pause()
    else this.#options.from.resume()
  }

  #send(item: Item): void {
    const { to } = this.#options
    if (item.bytes === undefined) {
      to.end()
      return
    }
    this.#queuedBytes -= item.bytes.length
    const admitted = this.#options.admit(item.bytes)
    if (admitted > 0 && to.writable && !to.write(item.bytes.subarray(0, admitted))) this.#blocked = true
  }
}
