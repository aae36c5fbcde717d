import type { Outcome } from "./scenario.ts"

export type Settled<T> =
  | { readonly state: "resolved"; readonly value: T; readonly ms: number }
  | { readonly state: "rejected"; readonly error: Error & { readonly code?: string; readonly sqlState?: string }; readonly ms: number }
  | { readonly state: "pending"; readonly ms: number }

export async function settledWithin<T>(promise: Promise<T>, timeoutMs: number): Promise<Settled<T>> {
  const since = performance.now()
  const ms = () => Math.round(performance.now() - since)
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<Settled<T>>((resolve) => {
    timer = setTimeout(() => resolve({ state: "pending", ms: ms() }), timeoutMs)
  })
  const outcome = promise.then<Settled<T>, Settled<T>>(
    (value) => ({ state: "resolved", value, ms: ms() }),
    (error: Error) => ({ state: "rejected", error, ms: ms() }),
  )
  const settled = await Promise.race([outcome, late])
  clearTimeout(timer)
  return settled
}

/** The SQLSTATE or code, otherwise the beginning of the message. */
export function reason(error: Error & { readonly code?: string; readonly sqlState?: string }): string {
  return error.sqlState ?? error.code ?? error.message.split(/[:;\n]/)[0]!.slice(0, 50)
}

/** The outcome of a call that should have succeeded. */
export function expectSuccess(settled: Settled<unknown>, what: string): Outcome {
  if (settled.state === "resolved") return { outcome: "ok", detail: `${what} ${settled.ms} ms` }
  if (settled.state === "pending") return hangs(settled, what)
  return { outcome: "fails", detail: `${what}: ${reason(settled.error)} after ${settled.ms} ms` }
}

export function hangs(settled: { readonly ms: number }, what: string): Outcome {
  return { outcome: "hangs", detail: `${what}: pending after ${Math.round(settled.ms / 1_000)} s` }
}
