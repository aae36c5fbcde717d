import type { ServerError } from "../classify.ts"
import type { Field, Row } from "../contract.ts"
import type { ValueParsers } from "../values.ts"
import type { OpeningMessage } from "./exchange/outgoing.ts"
import type { RowTexts } from "./exchange/row-reader.ts"
import type { ProtocolVersion } from "./protocol/protocol-version.ts"
import type { Wire } from "./protocol/wire.ts"

/** What is left to say about one driver: construct, send, goodbye, native. */
export interface SocketAdapter {
  /** The npm package. */
  readonly name: string
  /** Can it do SCRAM-SHA-256-PLUS over {@link Wire.getPeerCertificate}? */
  readonly channelBinding: boolean
  /**
   * The client calls {@link Reply.writing} around the moment in which a statement is written: other statements of its own client may go
   * before it. Without it statements are taken to be written in the order in which they were given to send().
   */
  readonly tellsWriting?: boolean | undefined
  /** {@link SocketClient.send} writes before it returns: several statements may then leave in one write. See WriteWindow. */
  readonly writesAtOnce?: boolean | undefined
  /** The newest version of the protocol that the client speaks: it must know NegotiateProtocolVersion, and cancel keys of any length. @default "3.0" */
  readonly protocol?: ProtocolVersion | undefined
  /** The most parameters of one statement; the protocol's limit is 65,535. */
  readonly maxParameters: number
  /** A client of that driver on a wire that is connected, and secured where the target asks for it. */
  construct(wire: Wire, session: SocketSession): SocketClient
}

/** What the client may know of the target. The startup packet is the toolkit's: what the driver writes first is replaced. */
export interface SocketSession {
  /** Where the wire leads, for what shows it: it is never dialled. */
  readonly host: string
  readonly port: number
  readonly user: string
  readonly database: string
  /** Normalised by SASLprep; there when the server asked for one. */
  password(): string
  /** Use SCRAM-SHA-256-PLUS where the server offers it. */
  readonly channelBinding: boolean
  /** The driver noticed something that ends the connection. */
  fail(error: unknown): void
}

export interface SocketClient {
  /** The driver's own client. */
  readonly native: unknown
  /** Something was begun on {@link native} that the driver will write later: the connection is busy. @default false */
  readonly nativePending?: boolean
  /** A statement of {@link native} begins on the wire. */
  nativeWritten?(): void
  /** Starts the driver; resolves when it is ready for queries, rejects with what it complains about. */
  connect(): Promise<void>
  /** Called in the order of the wire; several may be under way. Nothing of it may be sent later than in this turn of the event loop. */
  send(statement: Statement, reply: Reply): void
  /**
   * Of a client without a parser of its own: what it makes of a RowDescription. The toolkit then reads the rows where it frames them, and
   * answers COPY; the client says {@link Reply.done} as soon as it has sent a statement.
   */
  describe?(statement: Statement, bytes: Buffer, start: number, end: number): RowShape
  /**
   * A statement's ReadyForQuery came.
   *
   * @param statement undefined: one of the driver's own client
   */
  answered?(statement: Statement | undefined, error: ServerError | undefined): void
  /**
   * Of a client that does not tell {@link Reply.writing}: may this be the first message of the statement? Asked once `native` has been
   * handed out, whose statements the driver may write before it. @default it is
   */
  wrote?(statement: Statement, message: OpeningMessage): boolean
  /**
   * A name is not used any more: no statement under way has it, and none will.
   *
   * @returns what the server knows its statements by, to be closed. @default the name itself
   */
  forget?(name: string): readonly string[]
  /** The wire is gone: from now on native calls must reject at once. */
  goodbye(): void
}

/** How the rows of one row set are read. */
export interface RowShape {
  readonly fields: readonly Field[]
  /** @throws ProtocolViolation when the DataRow between the offsets is none of these fields */
  read(bytes: Buffer, start: number, end: number): Row
}

export interface Statement {
  readonly sql: string
  /** Undefined: the simple protocol. Else the extended one, with types left to the server. */
  readonly values: readonly (string | null)[] | undefined
  /** A named prepared statement, always of the same text; undefined: unnamed. */
  readonly name: string | undefined
  /** The server has answered with an error; the driver may not know it yet. */
  readonly refused: boolean
  /** Parsers that replace those of the value table. */
  readonly types: ValueParsers | undefined
  /** Rows are arrays, not objects. */
  readonly asArrays: boolean
}

/** How an adapter tells what its driver made of the server's answer. */
export interface Reply {
  /** Runs `write`, which writes the statement now. */
  writing(write: () => void): void
  /** A RowDescription: the rows that follow are its rows. */
  rowSet(fields: readonly Field[]): void
  row(texts: RowTexts): void
  /** In place of both, for a client that describes: how rows that the server will not describe are read. */
  shape(shape: RowShape): void
  /** The driver is through with the statement. */
  done(): void
  /** It failed, in the driver's words. What the server said is known already. */
  fail(error: unknown): void
}
