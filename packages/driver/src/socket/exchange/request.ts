import type { ServerError } from "../../classify.ts"
import type { Field, QueryResult, Row, ValueParsers } from "../../contract.ts"
import { copyThroughQuery } from "../../copy-statement.ts"
import type { Reply, RowShape, SocketClient, Statement } from "../adapter.ts"
import { readCommandTag } from "../protocol/command-tag.ts"
import { fromPeer, ServerReport } from "../protocol/peer-error.ts"
import { ProtocolViolation } from "../protocol/protocol-violation.ts"
import type { TransactionStatus } from "../protocol/tap.ts"
import type { Exchange } from "./exchange.ts"
import { arrayReader, type RowTexts, rowReader } from "./row-reader.ts"
import { textShape } from "./text-shape.ts"

const NO_FIELDS: readonly Field[] = []

/** One query, from the call to its settlement. The server's status comes from the Tap, the rows from the driver. */
export class Request implements Statement, Reply {
  readonly sql: string
  readonly values: readonly (string | null)[] | undefined
  readonly signal: AbortSignal | undefined
  name: string | undefined
  next: Request | undefined
  /** Its ReadyForQuery was received. */
  ready = false
  /** The driver has finished with it. */
  answered = false
  /** A CancelRequest for it is in flight and could hit whatever is running. */
  cancelling = false
  /** Passed to the driver's client. */
  given = false
  /** Aborted while it waited in the queue. */
  dropped = false
  /** The last command tag. */
  tag = ""
  serverError: ServerError | undefined
  /** BindComplete was received: execution may have started. */
  bound = false
  /** The transaction status after it. */
  statusAfter: TransactionStatus | undefined
  copied = false
  /** Undefined: the driver sends the statement. */
  exchange: Exchange | undefined
  repeated = false
  onAnswer: ((request: Request, driverError: unknown) => void) | undefined
  unlisten: (() => void) | undefined
  onReady: (() => void) | undefined
  readonly types: ValueParsers | undefined
  readonly asArrays: boolean
  readonly #resolve: (result: QueryResult) => void
  readonly #reject: (error: unknown) => void
  #fields = NO_FIELDS
  #rows: Row[] = []
  #read: ((texts: RowTexts) => Row) | undefined
  #shape: RowShape | undefined
  #driverError: unknown
  #parserError: unknown

  constructor(
    sql: string,
    values: readonly (string | null)[] | undefined,
    signal: AbortSignal | undefined,
    types: ValueParsers | undefined,
    asArrays: boolean,
    resolve: (result: QueryResult) => void,
    reject: (error: unknown) => void,
  ) {
    this.sql = sql
    this.values = values
    this.signal = signal
    this.types = types
    this.asArrays = asArrays
    this.#resolve = resolve
    this.#reject = reject
  }

  rowSet(fields: readonly Field[]): void {
    this.#fields = fields
    this.#rows = []
    this.#read = (this.asArrays ? arrayReader : rowReader)(fields, this.types)
  }

  row(texts: RowTexts): void {
    if (this.#parserError !== undefined) return
    if (this.#read === undefined) throw new ProtocolViolation("a row arrived before its RowDescription")
    if (texts.length !== this.#fields.length)
      throw new ProtocolViolation("the number of values in a row differs from the number of columns")
    try {
      this.#rows.push(this.#read(texts))
    } catch (error) {
      this.#parserThrew(error)
    }
  }

  shape(shape: RowShape): void {
    this.#shape = shape
    this.#fields = shape.fields
    this.#rows = []
  }

  /** Handles a RowDescription that the driver does not read. */
  described(client: SocketClient, bytes: Buffer, start: number, end: number): void {
    try {
      this.shape(client.describe === undefined ? textShape(this, bytes, start) : client.describe(this, bytes, start, end))
    } catch (error) {
      this.#parserThrew(error)
    }
  }

  /** Handles a DataRow that the driver does not read. */
  dataRow(bytes: Buffer, start: number, end: number): void {
    if (this.#parserError !== undefined) return
    if (this.#shape === undefined) throw new ProtocolViolation("a row arrived before its RowDescription")
    try {
      this.#rows.push(this.#shape.read(bytes, start, end))
    } catch (error) {
      if (error instanceof ProtocolViolation) throw error
      this.#parserThrew(error)
    }
  }

  // For example in a caller's parser: the rest of the response must still be read before the query can fail.
  #parserThrew(error: unknown): void {
    this.#parserError = error ?? new Error("a value parser threw nothing")
  }

  done(): void {
    this.#answer(undefined)
  }

  fail(error: unknown): void {
    this.#answer(error)
  }

  get refused(): boolean {
    return this.serverError !== undefined
  }

  /** Resets it to be sent again, under another name. */
  repeat(name: string | undefined): void {
    this.repeated = true
    this.name = name
    this.ready = false
    this.answered = false
    this.next = undefined
    this.tag = ""
    this.serverError = undefined
    this.bound = false
    this.statusAfter = undefined
    this.#driverError = undefined
    this.#fields = NO_FIELDS
    this.#rows = []
    this.#read = undefined
    this.#shape = undefined
  }

  /** The driver has finished, ReadyForQuery was received, and no CancelRequest is in flight. */
  get over(): boolean {
    return this.ready && this.answered && !this.cancelling
  }

  /** @param label the connection's label, for the server's error */
  settle(label: string): void {
    this.unlisten?.()
    if (this.signal?.aborted) this.#reject(this.signal.reason)
    else if (this.copied) this.#reject(copyThroughQuery({ label }))
    else if (this.serverError !== undefined)
      this.#reject(fromPeer(this.serverError, this.#driverError ?? new ServerReport(this.serverError), { label }))
    else if (this.#parserError !== undefined) this.#reject(this.#parserError)
    else {
      const { command, rowCount } = readCommandTag(this.tag)
      this.#resolve({ rows: this.#rows, rowCount, command, fields: this.#fields })
    }
  }

  abandon(error: unknown): void {
    this.unlisten?.()
    this.#reject(this.signal?.aborted ? this.signal.reason : error)
  }

  #answer(driverError: unknown): void {
    if (this.answered) return
    this.answered = true
    this.#driverError = driverError
    this.onAnswer?.(this, driverError)
  }
}
