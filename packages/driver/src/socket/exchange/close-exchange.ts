import { Outbox } from "../protocol/outbox.ts"
import { ProtocolViolation } from "../protocol/protocol-violation.ts"
import type { Wire } from "../protocol/wire.ts"
import type { Exchange } from "./exchange.ts"

/** Closes prepared statements by name; closing one that does not exist is not an error. */
export class CloseExchange implements Exchange {
  readonly copying = false
  readonly rows = undefined
  readonly #wire: Wire
  readonly #names: () => readonly string[]

  /** @param names called when the exchange begins, after the last statement that uses one of them */
  constructor(wire: Wire, names: () => readonly string[]) {
    this.#wire = wire
    this.#names = names
  }

  begin(): void {
    const out = new Outbox((bytes) => this.#wire.send(bytes))
    for (const name of this.#names()) out.close(name)
    out.sync()
    out.post()
  }

  copyStarted(): void {
    throw new ProtocolViolation("COPY started although nothing was executed")
  }

  copyData(): void {}

  concluded(): void {}

  suspended(): void {}

  chunkRead(): void {}

  stop(): number {
    return 0
  }

  over(): void {}
}
