import type { Connection, PgsdError } from "@pgsd/driver"
import { driver, target } from "../support/program-input.ts"

/**
 * Has the server end a session in each state, and prints how each loss was reported. A driver that throws or rejects without a
 * handler ends this process before it prints.
 */
const killer = await driver.connect(target)

const STATES: Readonly<Record<string, (victim: Connection) => unknown>> = {
  idle: () => undefined,
  "in a transaction": (victim) => victim.query("BEGIN"),
  "in a failed transaction": (victim) => victim.query("BEGIN; SELECT 1 / 0").catch(() => {}),
  busy: (victim) => under(victim.query("SELECT pg_sleep(60)")),
  "busy with parameters": (victim) => under(victim.query("SELECT pg_sleep($1)", [60])),
  "busy with a prepared statement": (victim) => under(victim.query("SELECT pg_sleep($1)", [60], { prepare: true })),
  "busy with several": (victim) => [1, 2, 3].map(() => under(victim.query("SELECT pg_sleep(60)"))),
  "in the middle of a result": (victim) => under(victim.query("SELECT repeat('x', 1000), pg_sleep(0.01) FROM generate_series(1, 5000)")),
  aborting: (victim) => {
    const controller = new AbortController()
    under(victim.query("SELECT pg_sleep(60)", undefined, { signal: controller.signal }))
    controller.abort()
  },
  closing: (victim) => {
    under(victim.query("SELECT pg_sleep(60)"))
    victim.close()
  },
}

const outcomes: Record<string, unknown> = {}
let rejections: Promise<string>[] = []

for (const [state, prepare] of Object.entries(STATES)) {
  rejections = []
  const victim = await driver.connect(target)
  const closed: (PgsdError | undefined)[] = []
  const end = new Promise<void>((resolve) => {
    victim.onClose((error) => {
      closed.push(error)
      resolve()
    })
  })
  await prepare(victim)
  await killer.query("SELECT pg_terminate_backend($1)", [victim.info.processId])
  await end
  const late = await victim.query("SELECT 1").then(
    () => "answered",
    (error: PgsdError) => error.code,
  )
  outcomes[state] = { closed: closed.map((error) => error?.sqlState ?? error?.code), late, rejected: await Promise.all(rejections) }
}

await killer.close()
process.stdout.write(JSON.stringify(outcomes))

function under(query: Promise<unknown>): void {
  rejections.push(
    query.then(
      () => "answered",
      (error: PgsdError) => (error.name === "AbortError" ? error.name : error.code),
    ),
  )
}
