import type { Driver } from "@pgsd/driver"

/** A driver made wrong on purpose. */
export interface BrokenDriver {
  /** The law that must catch it. */
  readonly law: string
  /** What is wrong with it. */
  readonly fault: string
  /** Other laws that a driver with that fault cannot keep either. */
  readonly also?: readonly string[]
  /** For a fault that shows only when the limits of the driver itself have passed. @default 250 */
  readonly patienceMs?: number
  breaks(inner: Driver): Driver
}
