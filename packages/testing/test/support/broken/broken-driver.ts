import type { Driver } from "@pgsd/driver"

/** A driver made wrong on purpose. */
export interface BrokenDriver {
  /** The law that must catch it. */
  readonly law: string
  /** What is wrong with it. */
  readonly fault: string
  /** Other laws that a driver with that fault cannot keep either. */
  readonly also?: readonly string[]
  breaks(inner: Driver): Driver
}
