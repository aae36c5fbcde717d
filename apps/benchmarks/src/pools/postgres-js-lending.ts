import { EventEmitter } from "node:events"
import postgres from "postgres"
import { type LendingOptions, type LendingPool, Opener } from "./lending-pool.ts"

/** postgres.js lends connections only through reserve(); here over stub sockets. */
export function postgresJsLending({ max, connectMs, settings }: LendingOptions): LendingPool<postgres.ReservedSql> {
  const opener = new Opener(connectMs)
  const sql = postgres({
    host: "stub",
    user: "stub",
    max,
    socket: () => opener.open().then(() => new StubSocket()),
    ...(settings === "best" && { idle_timeout: 60, connect_timeout: 5 }),
  } as postgres.Options<Record<string, never>>)
  return {
    acquire: () => sql.reserve(),
    release: (reserved) => reserved.release(),
    get opened() {
      return opener.opened
    },
  }
}

const AUTHENTICATION_OK = Buffer.from([0x52, 0, 0, 0, 8, 0, 0, 0, 0])
const READY_FOR_QUERY = Buffer.from([0x5a, 0, 0, 0, 5, 0x49])

/** Answers AuthenticationOk once, and ReadyForQuery to everything: postgres.js first queries array types, and accepts none. */
class StubSocket extends EventEmitter {
  readonly readyState = "open"
  #greeted = false
  write(_chunk: Buffer, done?: () => void): boolean {
    const answer = this.#greeted ? READY_FOR_QUERY : Buffer.concat([AUTHENTICATION_OK, READY_FOR_QUERY])
    this.#greeted = true
    setImmediate(() => this.emit("data", answer))
    done?.()
    return true
  }
  end(): void {
    this.destroy()
  }
  destroy(): void {
    setImmediate(() => this.emit("close"))
  }
  setKeepAlive(): void {}
}
