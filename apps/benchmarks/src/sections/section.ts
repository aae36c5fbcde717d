import type { PostgresServer } from "@pgsd/testing/server"
import type { ContestantProcess } from "../harness/contestant-process.ts"
import type { ServerAction } from "../harness/protocol.ts"
import type { SectionReport } from "../harness/report.ts"

/** What a section gets from the program. */
export interface Bench {
  /** Smallest sizes, to show that everything runs. */
  readonly quick: boolean
  /** All of them; the first two with `quick`. */
  sample<C>(contestants: readonly C[]): readonly C[]
  /** A process for one contestant; it is ended with the section. */
  start(onServerRequest?: (action: ServerAction) => Promise<void>): ContestantProcess
  /** With `quick`: one process, and one server with TLS, for all sections. */
  readonly shared: { process(): ContestantProcess; server(): Promise<PostgresServer> }
  /** Progress, one line. */
  log(line: string): void
}

export interface Section {
  /** @throws Error when the benchmark itself could not run; a contestant's failures are in the report */
  run(bench: Bench): Promise<SectionReport>
}
