import type { Connection } from "@pgsd/driver"
import { overlaid } from "../overlaid.ts"

/** Counts the statements sent on the connections it wraps. */
export class Watch {
  /** Called with the number of each statement, from 1, before it is sent. */
  onSend: (statement: number) => void = () => {}
  readonly connections: Connection[] = []
  #sent = 0

  /** Restarts the count: statement 1 is the next one. */
  restart(): void {
    this.#sent = 0
  }

  readonly over = (connection: Connection): Connection => {
    const sends = <A extends readonly unknown[], T>(send: (...args: A) => T): ((...args: A) => T) => {
      const bound = send.bind(connection)
      return (...args) => {
        this.onSend(++this.#sent)
        return bound(...args)
      }
    }
    this.connections.push(connection)
    return overlaid(connection, {
      query: sends(connection.query) as Connection["query"],
      pipeline: sends(connection.pipeline),
      copyFrom: sends(connection.copyFrom),
      copyTo: sends(connection.copyTo),
    })
  }
}
