import assert from "node:assert/strict"
import { tmpdir } from "node:os"
import { describe, it } from "vitest"
import { cellText, failuresIn, readTap, resultOf, runIn } from "./cells.ts"
import { readReport } from "./package-tests.ts"

const TAP = `TAP version 13
# Subtest: pg: connect
    # Subtest: who and where
    ok 1 - who and where
    # Subtest: deadline
    not ok 2 - deadline
      ---
      error: 'it took longer'
      ...
not ok 1 - pg: connect
1..1
# tests 2
# suites 1
# pass 1
# fail 1
`

describe("a cell of the matrix", () => {
  it("lists the failed laws, without their group", () => {
    assert.deepEqual(readTap(TAP), { passed: 1, failed: ["deadline"] })
    assert.equal(cellText(readTap(TAP)!), "**1 of 2**")
  })

  it("shows why a law failed", () => {
    assert.deepEqual(failuresIn(TAP), ["    not ok 2 - deadline\n      ---\n      error: 'it took longer'\n      ..."])
  })

  it("is a number when every law passed", () => {
    assert.equal(cellText(readTap("# pass 86\n# fail 0\n")!), "86")
  })

  it("is a crash when there is no summary", () => {
    const crashed = resultOf(readTap("TAP version 13\n"), { stderr: "first\nlast", failure: "1" })
    assert.deepEqual(crashed, { passed: 0, failed: [], crash: "first\nlast" })
    assert.equal(cellText(crashed), "**crashed**")
  })

  it("is a crash when the process failed although its tests passed, or when it ran none", () => {
    const passed = { passed: 3, failed: [] }
    const ended = (failure?: string) => ({ stderr: "", failure })
    assert.deepEqual(resultOf(passed, ended()), passed)
    assert.equal(resultOf(passed, ended("1")).crash, "ended with 1 although all tests passed")
    assert.equal(resultOf({ passed: 0, failed: [] }, ended()).crash, "no tests")
    assert.equal(resultOf(readReport('{ "testRes'), ended("SIGTERM")).crash, "no report")
    assert.deepEqual(resultOf({ passed: 1, failed: ["two"] }, ended("1")), { passed: 1, failed: ["two"] })
  })

  it.each([
    ["throw new Error('outside of any test')", "1"],
    ["process.kill(process.pid, 'SIGTERM')", "SIGTERM"],
  ])("knows how its process ended: %s", async (program, failure) => {
    const { failure: found } = await runIn(tmpdir(), process.execPath, ["-e", program], {})
    assert.equal(found, failure)
  })

  it("lists the failed tests of a package, and the files that did not load", () => {
    const testResults = [
      {
        name: "a.test.ts",
        status: "failed",
        assertionResults: [
          { fullName: "one", status: "passed" },
          { fullName: "two", status: "failed" },
        ],
      },
      { name: "b.test.ts", status: "failed", assertionResults: [] },
    ]
    assert.deepEqual(readReport(JSON.stringify({ testResults })), { passed: 1, failed: ["two", "b.test.ts"] })
  })
})
