import type { CopyChunks } from "../contract.ts"
import { PgsdError } from "../errors.ts"
import { holdSource, leaveSource } from "../owned-source.ts"

/**
 * Reads the source of a COPY FROM chunk by chunk, and closes it when it is no longer needed, whether it was read or not. Must be created as
 * soon as copyFrom() is called, because an error of a Readable without a listener ends the process.
 */
export class CopyReader {
  readonly #source: CopyChunks
  #iterator: AsyncIterator<Uint8Array> | Iterator<Uint8Array> | undefined
  #over = false

  constructor(source: CopyChunks) {
    this.#source = source
    holdSource(source)
  }

  /**
   * @returns undefined at the end
   * @throws the source's error; PgsdError PGSD_INVALID_PARAMETER for a chunk that is not a Uint8Array
   */
  async next(): Promise<Uint8Array | undefined> {
    try {
      const source = this.#source
      this.#iterator ??= Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]()
      const { done, value } = await this.#iterator.next()
      if (done === true) {
        this.#over = true
        return undefined
      }
      if (value instanceof Uint8Array) return value
    } catch (error) {
      this.#over = true
      throw error
    }
    throw new PgsdError("PGSD_INVALID_PARAMETER", "the source of a COPY must yield Uint8Arrays")
  }

  /** Closes the source, unless it has ended. Not awaited: a source that is waiting may never end. */
  leave(): void {
    if (this.#over) return
    this.#over = true
    leaveSource(this.#iterator)
    if (this.#iterator !== (this.#source as unknown)) leaveSource(this.#source)
  }
}
