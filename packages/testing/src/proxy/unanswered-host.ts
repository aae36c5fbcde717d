import { once } from "node:events"
import { connect, type Socket } from "node:net"
import { Worker } from "node:worker_threads"
import { PgsdError, refuseUnknownOptions } from "@pgsd/driver"

/** A TCP address of this machine that leaves connection attempts unanswered, like a host behind a firewall that drops packets. */
export interface UnansweredHost extends AsyncDisposable {
  readonly host: string
  readonly port: number
  close(): Promise<void>
}

export interface UnansweredHostOptions {
  /** An address of this machine, e.g. `"::1"`. @default "127.0.0.1" */
  readonly host?: string | undefined
  /** @default a free port */
  readonly port?: number | undefined
}

/** Listens with the smallest backlog and never accepts, because the thread is blocked. */
const LISTENER = `
  const { createServer } = require("node:net")
  const { parentPort, workerData } = require("node:worker_threads")
  const server = createServer()
  server.on("error", (error) => parentPort.postMessage({ error: error.message }))
  server.listen({ ...workerData, backlog: 1 }, () => {
    parentPort.postMessage({ port: server.address().port })
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
  })
`
/** The kernel accepts a few more than the backlog. */
const MOST_FILLERS = 16
const UNANSWERED_AFTER_MS = 200

/**
 * Starts a listener with a full backlog, so that the kernel ignores further SYN packets (Linux and macOS; others refuse).
 *
 * @throws PgsdError PGSD_UNSUPPORTED if this system responds anyway, or has no such address
 */
export async function unansweredHost(options: UnansweredHostOptions = {}): Promise<UnansweredHost> {
  refuseUnknownOptions("option of unansweredHost", options, ["host", "port"])
  const { host = "127.0.0.1" } = options
  const worker = new Worker(LISTENER, { eval: true, workerData: { host, port: options.port ?? 0 } })
  const fillers: Socket[] = []
  const close = async () => {
    for (const socket of fillers) socket.destroy()
    await worker.terminate()
  }
  try {
    const [message] = (await once(worker, "message")) as [{ readonly port?: number; readonly error?: string }]
    const { port } = message
    if (port === undefined) throw unsupported(host, message.error ?? "no port")
    while (await isAnswered({ host, port }, fillers)) if (fillers.length > MOST_FILLERS) throw unsupported(host, "it is still answered")
    return { host, port, close, [Symbol.asyncDispose]: close }
  } catch (error) {
    await close()
    throw error
  }
}

async function isAnswered(address: { readonly host: string; readonly port: number }, fillers: Socket[]): Promise<boolean> {
  const socket = connect(address)
  fillers.push(socket)
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => resolve(false), UNANSWERED_AFTER_MS)
    socket.on("connect", () => {
      clearTimeout(timer)
      resolve(true)
    })
    socket.on("error", (error) => {
      clearTimeout(timer)
      reject(unsupported(address.host, error.message))
    })
  })
}

function unsupported(host: string, why: string): PgsdError {
  return new PgsdError("PGSD_UNSUPPORTED", `an address on ${host} that leaves connections unanswered is not possible here: ${why}`)
}
