import type { Hub } from "./hub.ts"

/**
 * Server-sent events, starting after a given change. The reader pulls: a slow one gets fewer, larger updates, and nothing is buffered for
 * it.
 */
export function eventStream(hub: Hub, from: number): ReadableStream<Uint8Array> {
  const left = new AbortController()
  const signal = AbortSignal.any([left.signal, hub.signal])
  const encoder = new TextEncoder()
  let change = from
  let counted = false
  const count = (by: 1 | -1) => {
    if (counted === (by === 1)) return
    counted = by === 1
    hub.viewers += by
  }
  return new ReadableStream<Uint8Array>(
    {
      start: () => count(1),
      async pull(controller) {
        try {
          const next = await hub.since(change, signal)
          change = next.change
          controller.enqueue(encoder.encode(`id: ${change}\ndata: ${JSON.stringify(next.update)}\n\n`))
        } catch {
          // The reader has disconnected, or the page was closed.
          count(-1)
          if (!left.signal.aborted) controller.close()
        }
      },
      cancel() {
        left.abort()
        count(-1)
      },
    },
    { highWaterMark: 0 },
  )
}
