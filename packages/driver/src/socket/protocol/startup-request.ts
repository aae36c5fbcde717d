import { place, type ServerError } from "../../classify.ts"
import type { Target } from "../../target.ts"
import type { ProtocolVersion } from "./protocol-version.ts"

/** What a startup packet requests in addition to the target. */
export interface StartupRequest {
  readonly version: ProtocolVersion
  /** Whether to send the settings of {@link VALUE_SETTINGS}. */
  readonly valueSettings: boolean
}

/** Accepted by every peer. */
export const PLAIN_REQUEST: StartupRequest = { version: "3.0", valueSettings: false }

/**
 * Settings that make the server print values as the value table reads them, whatever the database or role has set: floats with enough
 * digits to round-trip (pgjdbc sends it, too), intervals in one style. bytea is read in either output format.
 */
export const VALUE_SETTINGS: Readonly<Record<string, string>> = { extra_float_digits: "1", IntervalStyle: "postgres" }

/** SQLSTATEs with which poolers and very old servers reject an unknown request instead of negotiating. */
const REFUSALS: ReadonlySet<string> = new Set(["0A000", "08P01"])
const NAMES_A_SETTING = /extra_float_digits|intervalstyle|startup (?:parameter|option)/i

/** Whether an error that arrives before anything else may mean that the peer does not support the request. */
export function mayRefuse({ version, valueSettings }: StartupRequest, { sqlState, message }: ServerError): boolean {
  if (!REFUSALS.has(sqlState)) return false
  return version !== "3.0" || (valueSettings && NAMES_A_SETTING.test(message))
}

const MAX_REMEMBERED = 256

/** Remembers targets that rejected a request and accepted the plain one, so that it costs one attempt rather than one per connection. */
export class PlainPeers {
  readonly #places = new Set<string>()

  has(target: Target): boolean {
    return this.#places.has(place(target))
  }

  add(target: Target): void {
    if (this.#places.size >= MAX_REMEMBERED) this.#places.clear()
    this.#places.add(place(target))
  }
}
