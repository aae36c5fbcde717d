const NONE: readonly string[] = []

/** Maps the contract's statement names to the server's: postgres.js chooses all names, several for concurrent calls with the same text. */
export class ServerNames {
  readonly #names = new Map<string, string[]>()

  add(name: string, theirs: string): void {
    const known = this.#names.get(name)
    if (known === undefined) this.#names.set(name, [theirs])
    else if (!known.includes(theirs)) known.push(theirs)
  }

  /** Those of a name that is not used any more. */
  take(name: string): readonly string[] {
    const theirs = this.#names.get(name) ?? NONE
    this.#names.delete(name)
    return theirs
  }
}
