import { withConnections } from "../wrap.ts"
import type { BrokenDriver } from "./broken-driver.ts"

export const brokenEnds: readonly BrokenDriver[] = [
  {
    law: "close() may be called twice: onClose is called once, without an error, and later queries are refused",
    fault: "the second close() is an error",
    breaks: (driver) =>
      withConnections(driver, (connection) => {
        let closed = false
        return {
          close: async () => {
            if (closed) throw new Error("closed already")
            closed = true
            return connection.close()
          },
        }
      }),
  },
  {
    law: "close() lets the query in flight finish and accepts no new one",
    fault: "close() is destroy()",
    breaks: (driver) => withConnections(driver, (connection) => ({ close: async () => connection.destroy() })),
  },
  {
    law: "destroy() closes at once and rejects the query in flight",
    fault: "destroy() is delayed",
    breaks: (driver) => withConnections(driver, (connection) => ({ destroy: () => void setTimeout(() => connection.destroy(), 20) })),
  },
  {
    law: "a close listener added after the end is called, too, and not synchronously",
    fault: "a listener added too late is not called",
    breaks: (driver) =>
      withConnections(driver, (connection) => ({
        onClose: (listener) => {
          if (connection.status !== "closed") connection.onClose(listener)
        },
      })),
  },
]
