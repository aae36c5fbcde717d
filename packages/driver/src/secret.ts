import { inspect } from "node:util"

const BRAND = Symbol.for("pgsd.Secret")
const HIDDEN = "[secret]"

/**
 * A value that does not print: not in `util.inspect` (showHidden included), JSON, templates, error messages or
 * `structuredClone`. Only {@link Secret.reveal} gives it back.
 */
export class Secret {
  readonly #value: string

  constructor(value: string) {
    if (typeof value !== "string") throw new TypeError("a secret must be a string")
    this.#value = value
    Object.defineProperty(this, BRAND, { value: true })
    Object.freeze(this)
  }

  /** The value itself. Call it where the value is sent, nowhere else. */
  reveal(): string {
    return this.#value
  }

  toString(): string {
    return HIDDEN
  }

  toJSON(): string {
    return HIDDEN
  }

  [inspect.custom](): string {
    return HIDDEN
  }
}

/** Wraps `value`; a value that is a secret already is returned as it is. */
export function secret(value: string | Secret): Secret {
  return isSecret(value) ? value : new Secret(value)
}

/** True for a secret of any copy of this package. */
export function isSecret(value: unknown): value is Secret {
  return typeof value === "object" && value !== null && BRAND in value
}
