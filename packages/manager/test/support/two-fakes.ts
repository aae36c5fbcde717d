import { createDatabaseManager, type DatabaseManager, type DatabaseManagerOptions } from "@pgsd/manager"
import { type FakeDriver, fakeDriver } from "@pgsd/testing"

export interface TwoFakes {
  readonly source: FakeDriver
  readonly target: FakeDriver
  readonly manager: DatabaseManager
  /** Nothing is held on either side. */
  leaks(): readonly string[]
}

/** A manager of two databases, each a scripted server. */
export function twoFakes(options: Partial<DatabaseManagerOptions> = {}, pool: object = {}): TwoFakes {
  const source = fakeDriver({ name: "left", supports: { network: true } })
  const target = fakeDriver({ name: "right", supports: { network: true } })
  const literal = (host: string) => ({ host, user: "reader", database: "app", sslMode: "disable" as const, password: "s3cret-word" })
  const manager = createDatabaseManager(
    { databases: { source: literal("10.0.0.1"), target: literal("10.0.0.2") }, pool },
    { driver: (name) => (name === "source" ? source : target), retry: { baseDelayMs: 1 }, ...options },
  )
  return { source, target, manager, leaks: () => [...source.leaks(), ...target.leaks()] }
}
