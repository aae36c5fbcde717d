import { nearestName } from "@pgsd/driver"
import { ConfigError } from "../errors.ts"
import { wrongShape } from "./wrong-shape.ts"

/**
 * @throws ConfigError PGSD_CONFIG_UNKNOWN_KEY naming the first key not in `known`; PGSD_CONFIG_INVALID_VALUE for anything but an object
 */
export function refuseUnknown(options: object, known: readonly string[], what: string): void {
  const wrong = wrongShape(options)
  if (wrong !== undefined) {
    const message = `${what}: options are an object, not ${wrong.kind}`
    throw new ConfigError([{ code: "PGSD_CONFIG_INVALID_VALUE", message, hint: `known are ${known.join(", ")}` }])
  }
  for (const key of Object.keys(options)) {
    if (known.includes(key)) continue
    const meant = nearestName(key, known)
    throw new ConfigError([
      {
        code: "PGSD_CONFIG_UNKNOWN_KEY",
        key,
        message: `unknown ${what} "${key}"`,
        hint: meant === undefined ? `one of ${known.join(", ")}` : `did you mean "${meant}"?`,
      },
    ])
  }
}

/** @throws ConfigError PGSD_CONFIG_INVALID_VALUE naming the first of `names` that is given and not a function */
export function refuseNonFunctions<Name extends string>(options: Readonly<Partial<Record<Name, unknown>>>, names: readonly Name[]): void {
  for (const key of names) {
    if (options[key] === undefined || typeof options[key] === "function") continue
    throw new ConfigError([{ code: "PGSD_CONFIG_INVALID_VALUE", key, message: `${key} must be a function` }])
  }
}
