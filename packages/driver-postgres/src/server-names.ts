const NONE: readonly string[] = []

/** What the server knows the named statements by: postgres.js makes all names itself, and several for calls of one text that are in flight. */
export class ServerNames {
  readonly #names = new Map<string, string[]>()

  add(name: string, theirs: string): void {
    const known = this.#names.get(name)
    if (known === undefined) this.#names.set(name, [theirs])
    else if (!known.includes(theirs)) known.push(theirs)
  }

  has(name: string, theirs: string): boolean {
    return this.#names.get(name)?.includes(theirs) === true
  }

  /** Those of a name that is not used any more. */
  take(name: string): readonly string[] {
    const theirs = this.#names.get(name) ?? NONE
    this.#names.delete(name)
    return theirs
  }
}
