import { Hono } from "hono"
import { eventStream } from "./event-stream.ts"
import { guard } from "./guard.ts"
import type { Hub } from "./hub.ts"
import { PAGE_FILES, pageFile } from "./page-files.ts"

/** Maximum number of simultaneously open pages. */
const MOST_VIEWERS = 16

interface AppOptions {
  readonly hub: Hub
  readonly token: string
  readonly hosts: () => readonly string[]
}

/** The responses under `/<token>/`. */
export function watchApp({ hub, token, hosts }: AppOptions): Hono {
  const app = new Hono()
  app.onError((_, context) => context.text("the page failed\n", 500))
  app.use(guard({ token, hosts }))
  for (const file of PAGE_FILES)
    app.get(`/:token/${file.name}`, async (context) => {
      const { body, type } = await pageFile(file)
      return context.body(body, 200, { "Content-Type": type })
    })
  app.get("/:token/events", (context) => {
    const headers = { "Content-Type": "text/event-stream; charset=utf-8", "X-Accel-Buffering": "no" }
    // Nothing reads the stream of a HEAD request, so nothing would end it.
    if (context.req.method === "HEAD") return context.body(null, 200, headers)
    if (hub.viewers >= MOST_VIEWERS) return context.text(`${MOST_VIEWERS} pages are open already\n`, 503)
    const last = Number(context.req.header("last-event-id") ?? 0)
    return context.body(eventStream(hub, Number.isSafeInteger(last) && last > 0 ? last : 0), 200, headers)
  })
  return app
}
