/** The latest values of a series, each with the number of the change that added it. */
export class History<T> {
  readonly #limit: number
  readonly #entries: { change: number; value: T }[] = []

  constructor(limit: number) {
    this.#limit = limit
  }

  get last(): T | undefined {
    return this.#entries.at(-1)?.value
  }

  add(change: number, value: T): void {
    this.#entries.push({ change, value })
    if (this.#entries.length > this.#limit) this.#entries.shift()
  }

  replaceLast(change: number, value: T): void {
    this.#entries.pop()
    this.add(change, value)
  }

  /** The values after one change and up to another, oldest first. */
  since(change: number, until: number): T[] {
    const after = (limit: number) => this.#entries.findLastIndex((entry) => entry.change <= limit) + 1
    return this.#entries.slice(after(change), after(until)).map(({ value }) => value)
  }
}
