import { place, type ServerError } from "../../classify.ts"
import type { Target } from "../../target.ts"
import type { ProtocolVersion } from "./protocol-version.ts"

/** What a startup packet asks for beyond the target. */
export interface StartupRequest {
  readonly version: ProtocolVersion
  /** The settings of {@link VALUE_SETTINGS}. */
  readonly valueSettings: boolean
}

/** What every peer takes. */
export const PLAIN_REQUEST: StartupRequest = { version: "3.0", valueSettings: false }

/**
 * With these a server prints values as the value table reads them, whatever its database or the role has set: floats with the digits that
 * bring them back (pgjdbc sends it, too), intervals in one style. bytea is read in either output format.
 */
export const VALUE_SETTINGS: Readonly<Record<string, string>> = { extra_float_digits: "1", IntervalStyle: "postgres" }

/** SQLSTATEs with which poolers and very old servers refuse what they do not know, instead of negotiating. */
const REFUSALS: ReadonlySet<string> = new Set(["0A000", "08P01"])
const NAMES_A_SETTING = /extra_float_digits|intervalstyle|startup (?:parameter|option)/i

/** True when an error that came before anything else may mean that the request is more than the peer knows. */
export function mayRefuse({ version, valueSettings }: StartupRequest, { sqlState, message }: ServerError): boolean {
  if (!REFUSALS.has(sqlState)) return false
  return version !== "3.0" || (valueSettings && NAMES_A_SETTING.test(message))
}

const MAX_REMEMBERED = 256

/** Where a request was refused and the plain one worked, so that it costs one attempt and not one per connection. */
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
