import { ConfigError } from "../errors.ts"
import { suggest } from "./suggest.ts"

/** @throws ConfigError PGSD_CONFIG_UNKNOWN_KEY naming the first key that is not in `known` */
export function refuseUnknown(options: object, known: readonly string[], what: string): void {
  for (const key of Object.keys(options)) {
    if (known.includes(key)) continue
    const meant = suggest(key, known)
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
