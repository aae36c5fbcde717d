import { inspect } from "node:util"

const BRAND = Symbol.for("pgsd.Secret")
const HIDDEN = "[secret]"

/**
 * A value that is never printed: not by `util.inspect` (even with showHidden), JSON, templates, error messages or `structuredClone`. Only
 * {@link Secret.reveal} returns it.
 */
export class Secret {
  readonly #value: string

  constructor(value: string) {
    if (typeof value !== "string") throw new TypeError("a secret must be a string")
    this.#value = value
    Object.defineProperty(this, BRAND, { value: true })
    Object.freeze(this)
  }

  /** Returns the value. Call it only where the value is sent. */
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

/** Wraps `value`; an existing secret is returned unchanged. */
export function secret(value: string | Secret): Secret {
  return isSecret(value) ? value : new Secret(value)
}

/** True for a secret of any copy of this package. */
export function isSecret(value: unknown): value is Secret {
  return typeof value === "object" && value !== null && BRAND in value
}
