import { createConnectDeadline } from "@pgsd/driver/socket"
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest"

const TARGET = { host: "db.test", user: "app", connectTimeoutMs: 1_000 }

beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] }))
afterEach(() => void vi.useRealTimers())

describe("the deadline of an attempt", () => {
  test("fires once, and the error names the current phase", () => {
    const deadline = createConnectDeadline({ ...TARGET, label: "source" })
    deadline.phase = "startup"
    deadline.address = "192.0.2.1"
    vi.advanceTimersByTime(999)
    expect(deadline.signal.aborted).toBe(false)
    expect(deadline.reason).toBeUndefined()
    expect(deadline.remainingMs()).toBeCloseTo(1)
    vi.advanceTimersByTime(1)
    expect(deadline.signal.aborted).toBe(true)
    expect(deadline.reason).toBe(deadline.signal.reason)
    expect(deadline.reason).toMatchObject({
      code: "PGSD_CONNECT_TIMEOUT",
      phase: "startup",
      retryable: true,
      host: "db.test",
      address: "192.0.2.1",
      user: "app",
      label: "source",
    })
    expect((deadline.reason as Error).message).toContain(
      "source (db.test:5432): no connection within 1000 ms (address 192.0.2.1); 1000 ms elapsed, most recently waiting for the server's first response",
    )
    expect(deadline.remainingMs()).toBe(0)
  })

  test("is 10 s unless given", () => {
    expect(createConnectDeadline({ host: "db.test", user: "app" }).remainingMs()).toBe(10_000)
  })

  test.each([Number.POSITIVE_INFINITY, 2 ** 31])("of %d ms starts no timer: Node would fire it at once", (connectTimeoutMs) => {
    const deadline = createConnectDeadline({ ...TARGET, connectTimeoutMs })
    expect(vi.getTimerCount()).toBe(0)
    expect(deadline.remainingMs()).toBe(connectTimeoutMs)
  })

  test("leaves no timer after end(), which may be called again", () => {
    const deadline = createConnectDeadline(TARGET)
    expect(vi.getTimerCount()).toBe(1)
    deadline.end()
    deadline.end()
    expect(vi.getTimerCount()).toBe(0)
    vi.advanceTimersByTime(5_000)
    expect(deadline.signal.aborted).toBe(false)
  })
})

describe("the caller's signal", () => {
  test("aborts with the caller's reason, and clears the timer", () => {
    const controller = new AbortController()
    const deadline = createConnectDeadline(TARGET, controller.signal)
    controller.abort("enough")
    expect(deadline.reason).toBe("enough")
    expect(vi.getTimerCount()).toBe(0)
  })

  test("starts no timer when already aborted", () => {
    const deadline = createConnectDeadline(TARGET, AbortSignal.abort("enough"))
    expect(deadline.reason).toBe("enough")
    expect(vi.getTimerCount()).toBe(0)
  })

  test("is ignored after end()", () => {
    const controller = new AbortController()
    const deadline = createConnectDeadline(TARGET, controller.signal)
    deadline.end()
    controller.abort("enough")
    expect(deadline.signal.aborted).toBe(false)
  })
})
