import type { ServerError } from "../classify.ts"
import type { Field, Row, ValueParsers } from "../contract.ts"
import type { RowTexts } from "./exchange/row-reader.ts"
import type { ProtocolVersion } from "./protocol/protocol-version.ts"
import type { Wire } from "./protocol/wire.ts"

/** What differs between drivers: constructing the client, sending a statement, ending it, `native`. */
export interface SocketAdapter {
  /** The npm package. */
  readonly name: string
  /** Whether the driver supports SCRAM-SHA-256-PLUS over {@link Wire.getPeerCertificate}. */
  readonly channelBinding: boolean
  /** {@link SocketClient.send} writes synchronously, so several statements can leave in one write. See WriteWindow. */
  readonly writesSynchronously?: boolean | undefined
  /**
   * The newest protocol version the client speaks; "3.2" requires NegotiateProtocolVersion and variable-length cancel keys. @default "3.0"
   */
  readonly protocol?: ProtocolVersion | undefined
  /** Maximum number of parameters per statement; the protocol's limit is 65,535. */
  readonly maxParameters: number
  /** Constructs the driver's client on a wire that is already connected, and encrypted if the target requires TLS. */
  construct(wire: Wire, session: SocketSession): SocketClient
}

/** The part of the target that the client may see. The toolkit writes the startup packet: the driver's first write is replaced. */
export interface SocketSession {
  /** The address of the connection, for display only: it is never dialled. */
  readonly host: string
  readonly port: number
  readonly user: string
  readonly database: string
  /** The password, normalised with SASLprep; available once the server has requested it. */
  password(): string
  /** Use SCRAM-SHA-256-PLUS where the server offers it. */
  readonly channelBinding: boolean
  /** Reports an error that ends the connection. */
  fail(error: unknown): void
}

export interface SocketClient {
  /** The driver's own client. */
  readonly native: unknown
  /** Whether {@link native} has started something that the driver will write later, which makes the connection busy. @default false */
  readonly nativePending?: boolean
  /** Starts the driver. Resolves when it is ready for queries, rejects with the driver's error. */
  connect(): Promise<void>
  /**
   * Sends a statement. Called in wire order, possibly while others are in flight; must write everything in this turn of the event loop.
   */
  send(statement: Statement, reply: Reply): void
  /**
   * For a client without a parser of its own: converts a RowDescription. The toolkit then reads the rows in place and answers COPY; the
   * client calls {@link Reply.done} as soon as it has sent a statement.
   */
  describe?(statement: Statement, bytes: Buffer, start: number, end: number): RowShape
  /**
   * Called at a statement's ReadyForQuery.
   *
   * @param statement undefined for a statement of the driver's own client
   */
  answered?(statement: Statement | undefined, error: ServerError | undefined): void
  /**
   * Called when the driver has written a complete statement: whose it is. By identity, because one of {@link native} may have the same text.
   *
   * @returns the reply passed to send() with it; undefined for a statement of `native`
   * @default statements are written in the order of the send() calls, as soon as they are sent
   */
  written?(): Reply | undefined
  /**
   * A name is no longer used: no statement in flight has it, and no later one will.
   *
   * @returns the names of the server's prepared statements to close. @default the name itself
   */
  forget?(name: string): readonly string[]
  /** The connection has ended: from now on calls on `native` must reject immediately. */
  disconnected(): void
}

/** How the rows of one result are read. */
export interface RowShape {
  readonly fields: readonly Field[]
  /** @throws ProtocolViolation if the DataRow between the offsets does not match the fields */
  read(bytes: Buffer, start: number, end: number): Row
}

export interface Statement {
  readonly sql: string
  /** Undefined: the simple query protocol. Otherwise the extended protocol, with parameter types inferred by the server. */
  readonly values: readonly (string | null)[] | undefined
  /** Name of a prepared statement, which always has the same text; undefined for the unnamed one. */
  readonly name: string | undefined
  /** The server has reported an error, perhaps before the driver has read it. */
  readonly refused: boolean
  /** Parsers that override the value table. */
  readonly types: ValueParsers | undefined
  /** Rows are arrays rather than objects. */
  readonly asArrays: boolean
}

/** How an adapter reports what its driver made of the response. */
export interface Reply {
  /** A RowDescription was read; it applies to the rows that follow. */
  rowSet(fields: readonly Field[]): void
  row(texts: RowTexts): void
  /** For a client with {@link SocketClient.describe}: how to read rows that the server will not describe. */
  shape(shape: RowShape): void
  /** The driver has finished with the statement. */
  done(): void
  /** The statement failed with the driver's error. The server's error is already known. */
  fail(error: unknown): void
}
