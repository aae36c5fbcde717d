import { World } from "./world.ts"

// The first connection of a process loads it, in real time.
await import("../../src/pooled-connection.ts")

/** Runs the steps in a new world. @throws Error with the steps up to the failure */
export async function simulate(seed: number, steps: readonly number[]): Promise<void> {
  const world = new World(seed)
  try {
    for (const step of steps) await world.step(step)
    await world.end()
  } catch (cause) {
    const text = cause instanceof Error ? cause.message : String(cause)
    const done = world.log.slice(-60).join("\n  ")
    throw new Error(`${text}\nsettings: ${JSON.stringify(world.settings)}\nsteps so far (${world.log.length}):\n  ${done}`, { cause })
  }
}
