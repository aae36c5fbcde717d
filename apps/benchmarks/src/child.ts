import type { Message, TaskRequest } from "./harness/protocol.ts"

type Task = (options: never) => Promise<unknown>

/** The tasks of a contestant's process. The caller types their options, by the same interfaces. */
const TASKS: Readonly<Record<string, () => Promise<Task>>> = {
  acquire: async () => (await import("./measures/acquire.ts")).acquire,
  drain: async () => (await import("./measures/drain.ts")).drain,
  massTimeout: async () => (await import("./measures/mass-timeout.ts")).massTimeout,
  memoryPerIdle: async () => (await import("./measures/memory.ts")).memoryPerIdle,
  memoryPerWaiter: async () => (await import("./measures/memory.ts")).memoryPerWaiter,
  mix: async () => (await import("./measures/mix.ts")).mix,
  restart: async () => (await import("./measures/restart.ts")).restart,
  runScenario: async () => (await import("./faults/run-scenario.ts")).runScenario,
  spike: async () => (await import("./measures/spike.ts")).spike,
  storm: async () => (await import("./measures/storm.ts")).storm,
  throughput: async () => (await import("./measures/throughput.ts")).throughput,
}

process.on("message", (request: TaskRequest) => {
  if ("task" in request) void perform(request)
})

async function perform({ id, task, options }: TaskRequest): Promise<void> {
  try {
    const perform = await TASKS[task]!()
    answer({ id, result: await perform(options as never) })
  } catch (error) {
    answer({ id, error: error instanceof Error ? error.message : String(error) })
  }
}

function answer(message: Message): void {
  if (process.connected) process.send!(message)
}
