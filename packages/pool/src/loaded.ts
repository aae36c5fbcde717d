import type { Clock } from "@pgsd/driver"

/** Code that is loaded when it is first needed. It takes real time, for which a clock moved by hand waits. */
export function loaded<T>(clock: Clock, code: Promise<T>): Promise<T> {
  clock.holdFor?.(code)
  return code
}
