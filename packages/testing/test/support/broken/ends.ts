import { withConnections } from "../wrap.ts"
import type { BrokenDriver } from "./broken-driver.ts"

export const brokenEnds: readonly BrokenDriver[] = [
  {
    law: "close twice is fine: onClose is told once, without an error, and later queries are refused",
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
    law: "close() lets the query in flight finish and takes no new one",
    fault: "close() is destroy()",
    breaks: (driver) => withConnections(driver, (connection) => ({ close: async () => connection.destroy() })),
  },
  {
    law: "destroy() closes at once and rejects the query in flight",
    fault: "destroy() waits a little",
    breaks: (driver) => withConnections(driver, (connection) => ({ destroy: () => void setTimeout(() => connection.destroy(), 20) })),
  },
  {
    law: "a listener that comes after the death is told too, in its own turn",
    fault: "a listener that comes too late hears nothing",
    breaks: (driver) =>
      withConnections(driver, (connection) => ({
        onClose: (listener) => {
          if (connection.status !== "closed") connection.onClose(listener)
        },
      })),
  },
]
