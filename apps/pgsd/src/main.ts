#!/usr/bin/env node
import { EXIT } from "./cli/exit-codes.ts"
import { interruptible } from "./cli/interruption.ts"
import { run } from "./cli/run.ts"
import { outputTo } from "./cli/terminal.ts"

const interruption = interruptible()
try {
  let lost: Error | undefined
  const out = outputTo(process.stdout, (error) => {
    lost ??= error
  })
  const err = outputTo(process.stderr)
  process.exitCode = await run(process.argv.slice(2), { out, err, signal: interruption.signal })
  // A failed write is reported afterwards. The answer was not delivered, which is an error in any case.
  await new Promise((resolve) => process.stdout.write("", resolve))
  if (lost !== undefined) {
    err.write(`${err.paint.bad("pgsd:")} the result could not be written to standard output: ${lost.message}\n`)
    process.exitCode = EXIT.trouble
  }
} finally {
  interruption.end()
}
