import { createMemoryManager } from "@pgsd/manager"

// Grows in small steps until the memory manager says stop; V8 would abort the process a little later. One long array would not do:
// it grows by half of itself, past the limit in one step.
const memory = createMemoryManager()
const kept: object[][] = []
while (memory.checkMemoryUsage().ok && kept.length < 50_000) kept.push(Array.from({ length: 1_000 }, (_, n) => ({ n })))
const grown = memory.checkMemoryUsage()
let told = 0
memory.onPressure(() => {
  told += 1
})
await memory.cleanupIfNeeded()
process.stdout.write(JSON.stringify({ limitedBy: grown.limitedBy, ok: grown.ok, share: grown.share, limitMb: grown.limitMb, told }))
