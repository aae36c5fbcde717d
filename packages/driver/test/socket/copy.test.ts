import { socketDriver } from "@pgsd/driver/socket"
import { describe, expect, test } from "vitest"
import { commandComplete, dataRow, failure, message, notification, ready, rowDescription, WELCOME } from "../support/backend-messages.ts"
import { scriptedBackend } from "../support/scripted-backend.ts"
import { simpleAdapter } from "../support/simple-adapter.ts"

const COPY_OUT = message("H", Buffer.from([0, 0, 0]))
const COPY_IN = message("G", Buffer.from([0, 0, 0]))
const ROWS = [rowDescription(["a", 25]), dataRow("driver"), commandComplete("SELECT 1"), ready()]

/** A server that answers a COPY with these bytes, split there, and records what it received. */
async function copying(answer: readonly Buffer[], behindData: Buffer = Buffer.alloc(0)) {
  const received: string[] = []
  const server = await scriptedBackend({
    startup: () => WELCOME,
    message: (type, body, { socket }) => {
      received.push(type === "d" ? `d:${body}` : type)
      if (type === "E") {
        void (async () => {
          for (const part of answer) {
            socket.write(part)
            await new Promise((resolve) => setImmediate(resolve))
          }
        })()
      }
      if (type === "c" || type === "f") return behindData
      return type === "Q" ? Buffer.concat(ROWS) : undefined
    },
  })
  const connection = await socketDriver(simpleAdapter).connect({ host: "127.0.0.1", port: server.port, user: "app" })
  const notified: string[] = []
  connection.onNotification(({ payload }) => notified.push(payload))
  return {
    connection,
    received,
    notified,
    async [Symbol.asyncDispose]() {
      connection.destroy()
      await server[Symbol.asyncDispose]()
    },
  }
}

async function text(chunks: AsyncIterable<Uint8Array>): Promise<string> {
  let all = ""
  for await (const chunk of chunks) all += Buffer.from(chunk)
  return all
}

describe("COPY TO without the driver", () => {
  const whole = Buffer.concat([
    notification(1, "c", "before"),
    COPY_OUT,
    message("d", "1\tx\n"),
    notification(1, "c", "between"),
    message("d", ""),
    message("d", "2\ty\n"),
    message("c"),
    commandComplete("COPY 2"),
    ready(),
    notification(1, "c", "behind"),
  ])

  test("its bytes may be split anywhere; the driver, which throws at unrequested messages, sees none of them", async () => {
    for (let cut = 1; cut < whole.length; cut += 3) {
      await using session = await copying([whole.subarray(0, cut), whole.subarray(cut)])
      expect(await text(session.connection.copyTo("COPY t TO STDOUT")), `cut at ${cut}`).toBe("1\tx\n2\ty\n")
      expect((await session.connection.query("SELECT")).rows, `cut at ${cut}`).toEqual([{ a: "driver" }])
      expect(session.notified).toEqual(["before", "between", "behind"])
    }
  })

  test("an error in the middle is thrown after the preceding data", async () => {
    const error = failure({ S: "ERROR", V: "ERROR", C: "22012", M: "division by zero" })
    await using session = await copying([COPY_OUT, message("d", "1\n"), error, ready()])
    const output = session.connection.copyTo("COPY t TO STDOUT")
    expect(String((await output.next()).value)).toBe("1\n")
    await expect(output.next()).rejects.toThrow(expect.objectContaining({ sqlState: "22012" }))
    expect(session.connection.status).toBe("idle")
  })
})

describe("COPY FROM without the driver", () => {
  const done = Buffer.concat([commandComplete("COPY 2"), ready()])

  test("sends one Sync behind the data, and a single one if the server has refused the statement", async () => {
    await using session = await copying([COPY_IN], done)
    const { rowCount } = await session.connection.copyFrom("COPY t FROM STDIN", [Buffer.from("1\n"), Buffer.from("2\n")])
    expect(rowCount).toBe(2)
    expect((await session.connection.query("SELECT")).rows).toEqual([{ a: "driver" }])
    expect(session.received).toEqual(["P", "B", "E", "H", "d:1\n", "d:2\n", "c", "S", "Q"])
  })

  test("sends chunks of at most 256 kB, whatever the source yields", async () => {
    await using session = await copying([COPY_IN], done)
    await session.connection.copyFrom("COPY t FROM STDIN", [Buffer.alloc(700_000, "x")])
    const pieces = session.received.filter((each) => each.startsWith("d:")).map((each) => each.length - 2)
    expect(pieces).toEqual([262_144, 262_144, 700_000 - 2 * 262_144])
  })

  test("a source that does not yield bytes fails the statement", async () => {
    await using session = await copying(
      [COPY_IN],
      Buffer.concat([failure({ S: "ERROR", V: "ERROR", C: "57014", M: "COPY failed" }), ready()]),
    )
    const copied = session.connection.copyFrom("COPY t FROM STDIN", ["text" as never])
    await expect(copied).rejects.toThrow(expect.objectContaining({ code: "PGSD_INVALID_PARAMETER" }))
    expect(session.received).toEqual(["P", "B", "E", "H", "f", "S"])
  })
})
