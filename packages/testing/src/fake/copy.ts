import { abortable } from "@pgsd/driver"
import type { CopyReader } from "@pgsd/driver/adapter"
import type { FakeQuery, FakeResult } from "./script.ts"

/** What a COPY does in addition to its statement; undefined for other statements. */
export interface FakeCopy {
  /** Before the answer is looked up. @returns the client's data, if it sends any */
  receive(stop: AbortSignal): Promise<Uint8Array | undefined>
  /** After the statement has succeeded. */
  send(result: FakeResult, stop: AbortSignal): Promise<void>
}

/** Reads a source to its end, or until the statement is stopped. */
export class FakeCopyIn implements FakeCopy {
  readonly #source: CopyReader

  constructor(source: CopyReader) {
    this.#source = source
  }

  async receive(stop: AbortSignal): Promise<Uint8Array> {
    const next = () => abortable(this.#source.next(), stop)
    const chunks: Uint8Array[] = []
    for (let chunk = await next(); chunk !== undefined; chunk = await next()) chunks.push(Buffer.from(chunk))
    return Buffer.concat(chunks)
  }

  async send(): Promise<void> {}
}

/** Yields the chunks of a result on demand. */
export class FakeCopyOut implements FakeCopy {
  #wanted: (() => void) | undefined
  #given: ((chunk: Uint8Array | undefined) => void) | undefined

  async receive(): Promise<undefined> {}

  async send({ copy = [] }: FakeResult, stop: AbortSignal): Promise<void> {
    for (const chunk of copy) {
      if (this.#given === undefined) await abortable(new Promise<void>((resolve) => (this.#wanted = resolve)), stop)
      stop.throwIfAborted()
      this.#give(typeof chunk === "string" ? Buffer.from(chunk) : chunk)
    }
  }

  /** The next chunk; undefined at the end. */
  take(): Promise<Uint8Array | undefined> {
    return new Promise((resolve) => {
      this.#given = resolve
      this.#wanted?.()
      this.#wanted = undefined
    })
  }

  /** The statement has ended. */
  end(): void {
    this.#give(undefined)
  }

  #give(chunk: Uint8Array | undefined): void {
    const given = this.#given
    this.#given = undefined
    given?.(chunk)
  }
}

/** `rowCount` of a COPY, as a server counts it in text format: lines. */
export function linesOf(query: FakeQuery, { copy = [] }: FakeResult): number {
  const data = query.copied === undefined ? copy.map((chunk) => Buffer.from(chunk)) : [query.copied]
  const bytes = Buffer.concat(data)
  const ends = bytes.reduce((count, byte) => (byte === 10 ? count + 1 : count), 0)
  return bytes.length > 0 && bytes.at(-1) !== 10 ? ends + 1 : ends
}
