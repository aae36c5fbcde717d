import assert from "node:assert/strict"
import { parseServerVersion, retry } from "@pgsd/connector"
import { createConnectionFactory } from "@pgsd/driver/open"

assert.equal(parseServerVersion("16.4 (Debian 16.4-1.pgdg120+1)").major, 16)
let attempts = 0
const result = await retry(
  async () => {
    attempts += 1
    if (attempts < 3) throw new Error("not yet")
    return "ok"
  },
  { baseDelayMs: 1, isRetryable: () => true },
)
assert.equal(result, "ok")
assert.equal(typeof createConnectionFactory, "function")
