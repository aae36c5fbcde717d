/** One client over one kind of pool and one fault, in a separate process: `child.ts <client> <kind> <fault>`. Prints its outcome as JSON. */
import { postgresServer } from "@pgsd/testing/server"
import { type Fault, type Kind, Scene, textOf } from "./scene.ts"

const [client, kind, fault] = process.argv.slice(2) as [string, Kind, Fault]
const server = await postgresServer()
const scene = new Scene(server, kind, fault)
let finished = false

async function finish(crash?: string): Promise<void> {
  if (finished) return
  finished = true
  process.stdout.write(`@@${JSON.stringify(scene.outcome(crash))}\n`)
  await server.close()
  process.exit(0)
}

// A program without a listener would die here; the server of this run must not outlive it.
process.on("uncaughtException", (error) => void finish(`uncaught: ${textOf(error)}`))
process.on("unhandledRejection", (error) => void finish(`unhandled rejection: ${textOf(error)}`))

const { run } = (await import(`./clients/${client}.ts`)) as { run(scene: Scene): Promise<void> }
try {
  await run(scene)
} catch (error) {
  scene.failed.push(`the rest: ${textOf(error)}`)
}
await finish()
