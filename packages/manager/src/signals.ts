import type { Limit } from "@pgsd/driver"

/** A signal that follows both, for as long as it is needed: `end()` gives up the listeners. */
export function either(first: AbortSignal | undefined, second: AbortSignal): Limit & { readonly signal: AbortSignal } {
  const controller = new AbortController()
  const ends = [first, second].map((each) => {
    const follow = () => controller.abort(each?.reason)
    if (each?.aborted) follow()
    each?.addEventListener("abort", follow, { once: true })
    return () => each?.removeEventListener("abort", follow)
  })
  return {
    signal: controller.signal,
    end() {
      for (const end of ends) end()
    },
  }
}

/** The caller stops waiting when his signal fires; what he waited for goes on. */
export async function abortable<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work
  signal.throwIfAborted()
  let aborted = () => {}
  const never = new Promise<never>((_, reject) => {
    aborted = () => reject(signal.reason)
    signal.addEventListener("abort", aborted, { once: true })
  })
  try {
    return await Promise.race([work, never])
  } finally {
    signal.removeEventListener("abort", aborted)
  }
}
