/**
 * Reads the vitest report, lists every test that was not run, and ends with the line `N passed, N failed`. Exits with 1 without a report,
 * without a passed test, with a failure, or (in CI) with a skipped test that scripts/allowed-skips.json does not list with a reason.
 */
import { existsSync, readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"

const path = (name) => fileURLToPath(new URL(name, import.meta.url))
const reportFile = path("../.reports/vitest.json")

if (!existsSync(reportFile)) {
  console.error(`no test report at ${reportFile}: the run ended before its tests did`)
  console.log("0 passed, 1 failed")
  process.exit(1)
}

const allowed = JSON.parse(readFileSync(path("allowed-skips.json"), "utf8"))
const report = JSON.parse(readFileSync(reportFile, "utf8"))
let passed = 0
let failed = 0
for (const file of report.testResults) {
  if (file.status === "failed" && file.assertionResults.every((test) => test.status !== "failed")) {
    failed += 1
    console.error(`FAILED ${file.name}: ${file.message}`)
  }
  for (const test of file.assertionResults) {
    if (test.status === "passed") passed += 1
    else if (test.status === "failed") {
      failed += 1
      console.error(`FAILED ${test.fullName}`)
    } else {
      const reason = allowed[test.fullName]
      console.error(`NOT RUN ${test.fullName}${reason === undefined ? "" : ` (allowed: ${reason})`}`)
      if (reason === undefined && process.env.CI) failed += 1
    }
  }
}
if (passed === 0) failed += 1
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed === 0 && report.success !== false ? 0 : 1
