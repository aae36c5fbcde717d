import { EventEmitter } from "node:events"
import { createPool, type DatabasePool } from "slonik"
import { type LendingOptions, type LendingPool, Opener } from "./lending-pool.ts"

type Done = () => void
type DriverFactory = NonNullable<NonNullable<Parameters<typeof createPool>[1]>["driverFactory"]>

/** slonik lends for the duration of a callback; the lease is the function that ends it. */
export function slonikLending({ max, connectMs }: LendingOptions): LendingPool<Done> {
  const opener = new Opener(connectMs)
  const driverFactory = (async () => ({ createClient: () => opener.open().then(() => new StubClient()) })) as unknown as DriverFactory
  const pool: Promise<DatabasePool> = createPool("postgres://stub", { driverFactory, maximumPoolSize: max })
  return {
    acquire: () =>
      new Promise((resolve, reject) => {
        const borrow = (slonik: DatabasePool) => slonik.connect(() => new Promise<void>((done) => resolve(done)))
        pool.then(borrow).catch(reject)
      }),
    release: (done) => done(),
    get opened() {
      return opener.opened
    },
  }
}

let clients = 0

/** What slonik needs from a driver's client. Own properties, because slonik copies them. */
class StubClient {
  #state = "IDLE"
  readonly #events = new EventEmitter()
  readonly #id = String(++clients)
  readonly id = () => this.#id
  readonly state = () => this.#state
  readonly on = this.#events.on.bind(this.#events)
  readonly off = this.#events.off.bind(this.#events)
  readonly removeListener = this.#events.removeListener.bind(this.#events)
  readonly acquire = () => {
    this.#state = "ACQUIRED"
    this.#events.emit("acquire")
  }
  readonly release = async () => {
    this.#state = "IDLE"
    this.#events.emit("release")
  }
  readonly destroy = async () => {
    this.#state = "DESTROYED"
    this.#events.emit("destroy")
  }
  readonly query = async () => ({ command: "SELECT", fields: [], rowCount: 0, rows: [] })
}
