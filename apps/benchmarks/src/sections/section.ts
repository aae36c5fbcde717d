import type { PostgresServer } from "@pgsd/testing/server"
import type { ContestantProcess } from "../harness/contestant-process.ts"
import type { ServerAction } from "../harness/protocol.ts"
import type { SectionReport } from "../harness/report.ts"

/** What a section gets from the program. */
export interface Bench {
  /** Sizes that show that everything runs, and no more. */
  readonly quick: boolean
  /** All of them; the first two when it is to be quick. */
  some<C>(contestants: readonly C[]): readonly C[]
  /** A process for one contestant; it ends with the section at the latest. */
  start(onWish?: (action: ServerAction) => Promise<void>): ContestantProcess
  /** One process, and one server with TLS, for all sections: where it is to be quick, and figures mean nothing. */
  readonly shared: { process(): ContestantProcess; server(): Promise<PostgresServer> }
  /** One line about what is going on. */
  say(line: string): void
}

export interface Section {
  /** @throws when the benchmark itself could not be run; what a contestant does wrong is in the report */
  run(bench: Bench): Promise<SectionReport>
}
