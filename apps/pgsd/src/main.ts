#!/usr/bin/env node
import { interruptible } from "./cli/interruption.ts"
import { run } from "./cli/run.ts"
import { outputTo } from "./cli/terminal.ts"

const interruption = interruptible()
try {
  const terminal = { out: outputTo(process.stdout), err: outputTo(process.stderr), signal: interruption.signal }
  process.exitCode = await run(process.argv.slice(2), terminal)
} finally {
  interruption.end()
}
