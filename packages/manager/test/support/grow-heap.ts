import { createMemoryManager } from "@pgsd/manager"

// Grows until the memory manager says stop; V8 would abort the process a little later.
const memory = createMemoryManager()
const kept: object[] = []
while (memory.checkMemoryUsage().ok && kept.length < 50_000_000) for (let n = 0; n < 1_000; n++) kept.push({ n })
const grown = memory.checkMemoryUsage()
let told = 0
memory.onPressure(() => {
  told += 1
})
await memory.cleanupIfNeeded()
process.stdout.write(JSON.stringify({ limitedBy: grown.limitedBy, ok: grown.ok, share: grown.share, limitMb: grown.limitMb, told }))
