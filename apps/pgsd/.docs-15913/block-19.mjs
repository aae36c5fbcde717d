import { createMemoryManager } from "@pgsd/manager"

const memory = createMemoryManager({ maxMemoryMb: 4096 })
console.log(memory.checkMemoryUsage().ok) // => true
console.log((await memory.cleanupIfNeeded()).cleaned) // => false
memory.close()
