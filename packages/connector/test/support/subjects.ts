import type { Connection, Driver, Target } from "@pgsd/driver"
import { pgliteDriver } from "@pgsd/driver-pglite"

/** A database that tests may do anything to, through one driver. */
export interface Subject extends AsyncDisposable {
  readonly driver: Driver
  /** A session of its own, as superuser unless the target says otherwise. PGlite has only one at a time. */
  open(overrides?: Partial<Target>): Promise<Connection>
}

export type SubjectName = "pglite"

export const SUBJECTS: readonly SubjectName[] = ["pglite"]

export async function subject(_name: SubjectName): Promise<Subject> {
  const driver = pgliteDriver()
  return { driver, open: () => driver.connect(), [Symbol.asyncDispose]: () => driver.close() }
}
