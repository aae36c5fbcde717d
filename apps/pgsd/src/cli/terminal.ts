import { type Paint, paintFor } from "../render/paint.ts"

/** Where a command writes, and what aborts it. */
export interface Terminal {
  /** The result and nothing else. */
  readonly out: Output
  /** Progress, warnings, errors. */
  readonly err: Output
  /** Aborted by Ctrl-C or SIGTERM. */
  readonly signal: AbortSignal
}

export interface Output {
  write(text: string): void
  readonly paint: Paint
  /** Columns; 100 without a terminal, so that files and pipes get the same text everywhere. */
  readonly width: number
  /** It is a terminal. */
  readonly interactive: boolean
}

const WIDTH_WITHOUT_TERMINAL = 100
const NARROWEST = 40

/** @param onError called once per failed write (disk full); not when the reader has closed the pipe (`pgsd diff | head`), which is not a failure */
export function outputTo(stream: NodeJS.WriteStream, onError: (error: Error) => void = () => {}): Output {
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") onError(error)
  })
  return {
    write: (text) => void stream.write(text),
    paint: paintFor(stream),
    get width() {
      // A pseudo-terminal without a size (CI, `docker exec -t`) reports 0 columns.
      return Math.max(NARROWEST, stream.columns || WIDTH_WITHOUT_TERMINAL)
    },
    interactive: stream.isTTY === true,
  }
}
