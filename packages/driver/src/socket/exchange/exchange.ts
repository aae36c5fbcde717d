import type { RowListener } from "../protocol/tap.ts"

/** A request whose messages the toolkit sends and reads itself, past the driver. From {@link begin} to ReadyForQuery the wire is its own. */
export interface Exchange {
  /** The server has begun to copy: it runs the statement. */
  readonly copying: boolean
  /** It relied on a statement that the server had: when that has to be prepared again, the exchange begins once more. */
  readonly usedPrepared?: boolean
  /** Its turn has come: it sends its first messages. */
  begin(): void
  copyStarted(direction: "in" | "out" | "both"): void
  /** A piece of what CopyData messages hold. The bytes of `chunk` up to `end` are not read again. */
  copyData(chunk: Buffer, start: number, end: number): void
  /** Who reads rows; undefined where none can come. */
  readonly rows: RowListener | undefined
  /** CommandComplete came; undefined: ErrorResponse. */
  concluded(tag: string | undefined): void
  /** PortalSuspended came. */
  suspended(): void
  /** Everything that came at once has been told. */
  chunkRead(chunk: Buffer): void
  /** Its signal has fired. True when it ends by itself now, without a CancelRequest. */
  stop(): boolean
  /** Nothing more will come: ReadyForQuery came, or the connection is lost. */
  over(): void
}

/** What an exchange says to the server when it ends a COPY FROM; the server repeats it in its error. */
export const COPY_STOPPED = "the source of the COPY failed or was stopped"
