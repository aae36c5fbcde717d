import { builtPackage, measureImport } from "../test/support/built-package.ts"

/** pnpm --filter @pgsd/config import-cost [rounds]: what `import "@pgsd/config"` adds to the start of a program. */
const rounds = Number(process.argv[2] ?? 41)
const built = await builtPackage()
const { emptyMs, importMs } = measureImport(built, rounds)
built.remove()
process.stdout.write(
  `node ${process.version}, medians of ${rounds} processes each: empty module ${emptyMs.toFixed(1)} ms, with the import ${importMs.toFixed(1)} ms, cost ${(importMs - emptyMs).toFixed(1)} ms\n`,
)
