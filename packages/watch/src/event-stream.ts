import { follow } from "@pgsd/driver"
import type { Hub } from "./hub.ts"

/**
 * Server-sent events, starting after a given change. The reader pulls: a slow one gets fewer, larger updates, and nothing is buffered for
 * it.
 */
export function eventStream(hub: Hub, from: number): ReadableStream<Uint8Array> {
  const stop = new AbortController()
  // Not AbortSignal.any(): the page's signal would keep something of each reader.
  const unfollow = follow(hub.signal, stop)
  let left = false
  const encoder = new TextEncoder()
  let change = from
  let counted = false
  const count = (by: 1 | -1) => {
    if (counted === (by === 1)) return
    counted = by === 1
    hub.viewers += by
  }
  const end = () => {
    unfollow()
    count(-1)
  }
  return new ReadableStream<Uint8Array>(
    {
      start: () => count(1),
      async pull(controller) {
        try {
          const next = await hub.since(change, stop.signal)
          change = next.change
          controller.enqueue(encoder.encode(`id: ${change}\ndata: ${JSON.stringify(next.update)}\n\n`))
        } catch {
          // The reader has disconnected, or the page was closed.
          end()
          if (!left) controller.close()
        }
      },
      cancel() {
        left = true
        end()
        stop.abort()
      },
    },
    { highWaterMark: 0 },
  )
}
