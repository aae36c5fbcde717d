import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from "node:http"
import { PgsdError } from "@pgsd/driver"
import type { ConnectionPool } from "@pgsd/pool"
import { OutOfStock, placeOrder } from "./orders.ts"
import type { Stock } from "./stock.ts"

const MAX_BODY_BYTES = 10_000

class HttpError extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message)
  }
}

export interface App {
  readonly server: Server
  /** Accepts no new connections and finishes requests in progress, until `timeoutMs`. */
  drain(timeoutMs: number): Promise<void>
}

export function createApp(pool: ConnectionPool, stock: Stock, metricsPage: RequestListener): App {
  let draining = false

  const routes: Record<string, (request: IncomingMessage, response: ServerResponse, name: string) => unknown> = {
    "POST /orders": async (request, response) => {
      const { item, pieces } = orderOf(await jsonOf(request))
      send(response, 201, { id: await placeOrder(pool, item, pieces, signalOf(response)) })
    },
    "GET /stock": async (_request, response, item) => {
      const pieces = await stock.pieces(item, signalOf(response))
      if (pieces === undefined) throw new HttpError(404, "no such item")
      send(response, 200, { pieces })
    },
    // Restarting the service does not help a database, so liveness does not check it.
    "GET /live": (_request, response) => send(response, 200, {}),
    "GET /ready": async (_request, response) => {
      const { healthy } = await pool.healthCheck({ timeoutMs: 1_000 })
      send(response, healthy && !draining ? 200 : 503, {})
    },
    "GET /metrics": metricsPage,
  }

  const server = createServer(async (request, response) => {
    // close() would wait for keep-alive connections.
    response.once("close", () => draining && server.closeIdleConnections())
    try {
      const [head, name] = pathOf(request)
      const route = routes[`${request.method} /${head}`]
      if (route === undefined) throw new HttpError(404, "no such page")
      await route(request, response, name)
    } catch (error) {
      answerError(response, error)
    }
  })

  return {
    server,
    drain: (timeoutMs) =>
      new Promise((resolve) => {
        draining = true
        const deadline = setTimeout(() => server.closeAllConnections(), timeoutMs)
        server.close(() => {
          clearTimeout(deadline)
          resolve()
        })
        server.closeIdleConnections()
      }),
  }
}

/** Fires when the client disconnects before its response was written: the statement is then cancelled on the server. */
function signalOf(response: ServerResponse): AbortSignal {
  const gone = new AbortController()
  response.once("close", () => response.writableFinished || gone.abort(new Error("the client disconnected")))
  return gone.signal
}

function pathOf({ url = "/" }: IncomingMessage): [head: string, name: string] {
  try {
    const [, head = "", name = ""] = new URL(url, "http://localhost").pathname.split("/").map(decodeURIComponent)
    return [head, name]
  } catch {
    throw new HttpError(400, "the path cannot be read")
  }
}

async function jsonOf(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes > MAX_BODY_BYTES) throw new HttpError(413, `a body has ${MAX_BODY_BYTES} bytes at most`)
    chunks.push(chunk)
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString())
  } catch {
    throw new HttpError(400, "the body is not JSON")
  }
}

function orderOf(body: unknown): { item: string; pieces: number } {
  const { item, pieces } = (body ?? {}) as { item?: unknown; pieces?: unknown }
  if (typeof item !== "string" || !Number.isInteger(pieces) || (pieces as number) < 1)
    throw new HttpError(400, 'an order is { "item": string, "pieces": integer ≥ 1 }')
  return { item, pieces: pieces as number }
}

function answerError(response: ServerResponse, error: unknown): void {
  if (response.headersSent || response.destroyed) response.destroy()
  else if (error instanceof HttpError) send(response, error.status, { error: error.message })
  else if (error instanceof OutOfStock) send(response, 409, { error: error.message })
  // No connection in time, or a restarting server: the same request may succeed later.
  else if (error instanceof PgsdError && error.retryable) send(response.setHeader("retry-after", 1), 503, { error: error.code })
  else {
    console.error(error)
    send(response, 500, { error: error instanceof PgsdError ? error.code : "internal" })
  }
}

function send(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body))
}
