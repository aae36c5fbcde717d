import type { Driver } from "@pgsd/driver"

/** A driver with one deliberate fault. */
export interface BrokenDriver {
  /** The law that must fail. */
  readonly law: string
  /** The fault. */
  readonly fault: string
  /** Other laws that no driver with that fault can pass. */
  readonly also?: readonly string[]
  /** For faults that show only after the driver's own timeouts. @default 250 */
  readonly timeoutMs?: number
  breaks(inner: Driver): Driver
}
