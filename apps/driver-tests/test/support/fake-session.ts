import type { Session } from "@pgsd/driver/calls"
import { sessionOf } from "@pgsd/driver/session"
import { type FakeConnection, type FakeDriver, fakeDriver } from "@pgsd/testing"

export interface FakeSession {
  readonly fake: FakeDriver
  readonly connection: FakeConnection
  readonly session: Session
  /** The statements sent, in order. */
  sent(): string[]
}

/** A session over a connection of a fake driver. */
export async function fakeSession(): Promise<FakeSession> {
  const fake = fakeDriver()
  const connection = await fake.connect({ host: "db", user: "app", label: "the database" })
  return {
    fake,
    connection,
    session: sessionOf(connection),
    sent: () => fake.queries.map(({ sql, fetches }) => (fetches === undefined ? sql : `fetch ${fetches}`)),
  }
}
