/** The ways in which Node streams, generators and web streams are closed by their reader. */
interface Source {
  on?(event: "error", listener: () => void): unknown
  destroy?(): unknown
  return?(): unknown
  cancel?(): unknown
}

const nothing = () => {}

/**
 * Takes ownership of a call's `source` from the start: while the call waits for its turn, an error of a Readable does not end the process
 * (it is passed on when the source is read), and a source that is not read to its end is closed, even if it was never read.
 */
export async function owningSource<T>(source: unknown, call: () => Promise<T>): Promise<T> {
  try {
    holdSource(source)
    return await call()
  } catch (error) {
    leaveSource(source)
    throw error
  }
}

/** The listener is kept: a file that cannot be opened may fail after its stream was destroyed. */
export function holdSource(source: unknown): void {
  if (isNodeStream(source)) source.on("error", nothing)
}

/** Not awaited: a source that is waiting may never end. The outcome does not matter. */
export function leaveSource(source: unknown): void {
  try {
    if (isNodeStream(source)) source.destroy()
    else if (typeof source === "object" && source !== null) {
      const { return: end, cancel } = source as Source
      Promise.resolve((end ?? cancel)?.call(source)).catch(nothing)
    }
  } catch {
    // As above.
  }
}

function isNodeStream(source: unknown): source is Required<Pick<Source, "on" | "destroy">> {
  const { on, destroy } = (source ?? {}) as Source
  return typeof on === "function" && typeof destroy === "function"
}
