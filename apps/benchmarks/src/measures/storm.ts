import { createServer } from "node:net"
import { type ClientContestant, connectClient } from "../clients/contestants.ts"
import { pause } from "./pause.ts"

export interface StormOptions extends ClientContestant {
  readonly waiters: number
  readonly durationMs: number
}

export interface StormResult {
  readonly attempts: number
  readonly rejected: number
  readonly pending: number
}

/** So that callers whose timeout equals the duration are counted as rejected. */
const GRACE_MS = 1_000

/** A server that accepts and closes at once, like a proxy without a backend. Each caller makes one call and waits. */
export async function storm({ client: name, settings, waiters, durationMs }: StormOptions): Promise<StormResult> {
  let attempts = 0
  const server = createServer((socket) => {
    attempts++
    socket.on("error", () => undefined)
    socket.destroy()
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const { port } = server.address() as { port: number }
  const where = { host: "127.0.0.1", port, user: "nobody", password: "none", database: "none", applicationName: "bench" }
  const client = await connectClient(name, { ...where, max: 10, settings })
  let rejected = 0
  for (let n = 0; n < waiters; n++) client.acquire().catch(() => void rejected++)
  await pause(durationMs)
  const attemptsInTime = attempts
  await pause(GRACE_MS)
  return { attempts: attemptsInTime, rejected, pending: waiters - rejected }
}
