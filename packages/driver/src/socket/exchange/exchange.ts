import type { RowListener } from "../protocol/tap.ts"

/**
 * A request whose messages the toolkit sends and reads itself, bypassing the driver. It has exclusive use of the wire from {@link begin} to
 * ReadyForQuery.
 */
export interface Exchange {
  /** COPY has started, so the server is running the statement. */
  readonly copying: boolean
  /** Whether it used an existing prepared statement: if that must be prepared again, the exchange is repeated. */
  readonly usedPrepared?: boolean
  /** Sends the first messages. */
  begin(): void
  copyStarted(direction: "in" | "out" | "both"): void
  /** A piece of the payload of CopyData. The bytes of `chunk` up to `end` are not read again. */
  copyData(chunk: Buffer, start: number, end: number): void
  /** The reader of rows; undefined if none can arrive. */
  readonly rows: RowListener | undefined
  /** @param tag of CommandComplete; undefined for ErrorResponse */
  concluded(tag: string | undefined): void
  /** PortalSuspended was received. */
  suspended(): void
  /** The whole chunk has been processed. */
  chunkRead(chunk: Buffer): void
  /** The signal has fired. @returns how long it may take to end on its own before a CancelRequest is sent, in ms */
  stop(): number
  /** Nothing more will arrive: at ReadyForQuery, and again when its request has settled, which may never have been sent. */
  over(): void
}

/** The reason in CopyFail when an exchange ends a COPY FROM; the server repeats it in its error. */
export const COPY_STOPPED = "the source of the COPY failed or was stopped"
