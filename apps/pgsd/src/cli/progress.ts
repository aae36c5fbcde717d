import type { Output } from "./terminal.ts"

/** Reports the current step of one of several concurrent tasks. */
export type Progress<Name extends string> = (name: Name, doing: string) => void

/**
 * One line on a terminal with the current step of each task; cleared when `work` ends. On standard error: standard output is for the result.
 */
export async function withProgress<Name extends string, T>(
  names: readonly Name[],
  err: Output,
  work: (progress: Progress<Name>) => Promise<T>,
): Promise<T> {
  if (!err.interactive) return work(() => {})
  const doing = new Map<Name, string>(names.map((name) => [name, "…"]))
  const show = () => {
    const text = [...doing].map(([name, what]) => `${name}: ${what}`).join("   ")
    err.write(`\r${CLEAR}${err.paint.quiet(text.slice(0, err.width - 1))}`)
  }
  show()
  try {
    return await work((name, what) => {
      doing.set(name, what)
      show()
    })
  } finally {
    err.write(`\r${CLEAR}`)
  }
}

const CLEAR = "\u001b[K"
