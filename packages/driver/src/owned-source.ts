/** Node streams, generators and web streams, as far as they can be told that nothing more is read from them. */
interface Source {
  on?(event: "error", listener: () => void): unknown
  destroy?(): unknown
  return?(): unknown
  cancel?(): unknown
}

const nothing = () => {}

/**
 * A call that reads `source` owns it from the beginning: while it waits for its turn an error of a Readable ends no process (whoever reads
 * it afterwards is told of it), and a source that is not read to its end is closed, also one that was never read.
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

/** The listener stays: a file that cannot be opened may fail after its stream was destroyed. */
export function holdSource(source: unknown): void {
  if (isNodeStream(source)) source.on("error", nothing)
}

/** Not waited for: a source that waits itself may never end. How its end goes is of no interest. */
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
