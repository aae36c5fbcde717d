import { createMemoryManager } from "@pgsd/manager"

// Grows in small steps until the memory manager reports pressure; V8 would abort the process a little later. A single long array
// would not do: it grows by half its size, past the limit in one step.
const [most = "50000"] = process.argv.slice(2)
const memory = createMemoryManager()
const kept: object[][] = []
while (memory.checkMemoryUsage().ok && kept.length < Number(most)) kept.push(Array.from({ length: 1_000 }, (_, n) => ({ n })))
const grown = memory.checkMemoryUsage()
let reports = 0
memory.onPressure(() => {
  reports += 1
})
await memory.cleanupIfNeeded()
const { limitedBy, ok, share, limitMb, bounds } = grown
process.stdout.write(JSON.stringify({ limitedBy, ok, share, limitMb, reports, heapLimitMb: bounds.heap.limitMb }))
