import {
  asIterator,
  type Connection,
  type ConnectionInfo,
  type CopyOutput,
  type CopyResult,
  type PipelineResult,
  type QueryResult,
  type Row,
} from "@pgsd/driver"

const INFO: ConnectionInfo = {
  label: "stub",
  user: "stub",
  database: "stub",
  processId: 1,
  authentication: "trust",
  connectTimeMs: 0,
}

const NOTHING: QueryResult<never> = { rows: [], rowCount: 0, command: "", fields: [] }

/** The driver contract without a server: always idle, with empty results. */
export class StubConnection implements Connection {
  readonly status = "idle"
  readonly transactionEpoch = 0
  readonly info = INFO
  readonly serverParameters = {}
  readonly native = undefined
  query<R = Row>(): Promise<QueryResult<R>> {
    return Promise.resolve(NOTHING)
  }
  pipeline(): Promise<PipelineResult[]> {
    return Promise.resolve([])
  }
  copyFrom(): Promise<CopyResult> {
    return Promise.resolve(NOTHING)
  }
  copyTo(): CopyOutput {
    return asIterator(nothing())
  }
  onClose(): void {}
  onNotice(): void {}
  onNotification(): void {}
  close(): Promise<void> {
    return Promise.resolve()
  }
  destroy(): void {}
  ref(): void {}
  unref(): void {}
}

async function* nothing(): AsyncGenerator<Uint8Array, undefined> {
  yield* []
  return undefined
}
