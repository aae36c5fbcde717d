import type { CopyChunks } from "../contract.ts"
import { PgsdError } from "../errors.ts"

/** The source of a COPY FROM, read chunk by chunk, and ended when it is not needed any more. */
export class CopyReader {
  readonly #source: CopyChunks
  #iterator: AsyncIterator<Uint8Array> | Iterator<Uint8Array> | undefined
  #over = false

  constructor(source: CopyChunks) {
    this.#source = source
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

  /** Ends the source, unless it has ended. Not waited for: a source that waits itself may never end. */
  leave(): void {
    if (this.#over) return
    this.#over = true
    try {
      Promise.resolve(this.#iterator?.return?.()).catch(() => {})
    } catch {
      // How the end of a source went that is left is of no interest.
    }
  }
}
