/** The written tokens, a byte each and outside the heap, so that they do not look like a leak. */
export class Tokens {
  #fates = new Uint8Array(1 << 16)
  #count = 0

  next(fate: keyof typeof FATES): number {
    if (this.#count === this.#fates.length) {
      const larger = new Uint8Array(this.#count * 2)
      larger.set(this.#fates)
      this.#fates = larger
    }
    this.#fates[this.#count] = FATES[fate]
    return this.#count++
  }

  acknowledged(token: number): void {
    this.#fates[token] = FATES["must be there"]
  }

  violations(stored: readonly number[]): string[] {
    const found: string[] = []
    const there = new Uint8Array(this.#count)
    for (const token of stored) there[token] = 1
    for (let token = 0; token < this.#count; token++) {
      const fate = this.#fates[token]
      if (fate === FATES["must be there"] && there[token] === 0) found.push(`token ${token} was acknowledged and is not there`)
      if (fate === FATES["must not be there"] && there[token] === 1) found.push(`token ${token} was rolled back and is there`)
    }
    return found
  }
}

const FATES = { "must not be there": 0, "may be there": 1, "must be there": 2 } as const
