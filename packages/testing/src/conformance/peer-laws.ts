import assert from "node:assert/strict"
import { type Connection, DatabaseConnectionError, isPgsdError } from "@pgsd/driver"
import { withSeed } from "../random.ts"
import type { Bench } from "./bench.ts"
import type { LawFamily } from "./law.ts"
import { rejection } from "./waiting.ts"
import { message, peer, READY, WELCOME } from "./wire-peer.ts"

const WRONG_PEER: ReadonlySet<string> = new Set(["PGSD_NOT_POSTGRES", "PGSD_PROTOCOL_VIOLATION"])

const HTTP = "HTTP/1.1 400 Bad Request\r\nServer: nginx\r\nContent-Length: 0\r\n\r\n"
const PEERS: readonly (readonly [what: string, says: Buffer])[] = [
  ["an HTTP server", Buffer.from(HTTP)],
  ["an SSH server", Buffer.from("SSH-2.0-OpenSSH_9.2p1\r\n")],
  ["a MySQL server", Buffer.from("4a0000000a352e372e343400", "hex")],
  ["zeros", Buffer.alloc(64)],
  ["a message of two gigabytes", Buffer.from("527fffffff00000000", "hex")],
  ["a message of negative length", Buffer.from("52fffffff000000000", "hex")],
  ["ReadyForQuery before authentication", message("Z", "I")],
]

/** Invalid responses to a query. */
const ANSWERS: readonly (readonly [what: string, says: Buffer])[] = [
  ["a row description that ends too early", message("T", Buffer.from("0002", "hex"))],
  ["a row without a description", message("D", Buffer.from("0001ffffffff", "hex"))],
  ["a message of unknown type", message("?", "x")],
  ["a message of negative length", Buffer.from("44fffffff0", "hex")],
  ["random bytes that are no message", Buffer.from("ffff0000ffff0000ffff0000", "hex")],
]

export const peerLaws: LawFamily = {
  name: "wrong peers",
  laws: [
    {
      name: "a peer that is not PostgreSQL fails at once",
      needs: ["network"],
      check: async (bench) => {
        for (const [what, says] of PEERS) await refused(bench, what, says)
        await withSeed(undefined, async (random) => {
          for (let round = 0; round < 5; round++) {
            const noise = Buffer.from(Array.from({ length: 1 + random.below(64) }, () => 128 + random.below(128)))
            await refused(bench, `random bytes ${noise.toString("hex")}`, noise)
          }
        })
      },
    },
    {
      name: "an answer that violates the protocol ends the connection at once",
      needs: ["network"],
      check: async (bench) => {
        const survivors: string[] = []
        for (const [what, says] of ANSWERS) {
          const connection = await answeredWith(bench, says)
          const error = await bench.soon(rejection(connection.query("SELECT 1 AS a"), what), what).catch((hung: unknown) => hung)
          if (!isPgsdError(error) || connection.status !== "closed") survivors.push(`${what}: ${error}, status ${connection.status}`)
        }
        assert.deepEqual(survivors, [])
      },
    },
    {
      name: "a session that opens with a client_encoding other than UTF8 is refused",
      needs: ["network"],
      check: async (bench) => {
        const latin1 = Buffer.concat([WELCOME.subarray(0, WELCOME.length - READY.length), message("S", "client_encoding\0LATIN1\0"), READY])
        const { port } = await peer(bench, (socket) => socket.once("data", () => socket.write(latin1)))
        const error = await bench.soon(rejection(bench.driver.connect({ ...local, port }), "connect()"), "connect()")
        assert.ok(error instanceof DatabaseConnectionError)
        assert.deepEqual([error.code, error.retryable], ["PGSD_ENCODING_CHANGED", false])
      },
    },
    {
      name: "what a peer says at login is passed on without control characters",
      needs: ["network"],
      check: async (bench) => {
        const rude = "no\x1b]0;title\x07\u202eone"
        const refusal = message("E", `SFATAL\0VFATAL\0C28000\0M${rude}\0D${rude}\0H${rude}\0\0`)
        const mechanisms = message("R", Buffer.concat([Buffer.from([0, 0, 0, 10]), Buffer.from(`${rude}\0\0`)]))
        for (const says of [refusal, mechanisms]) {
          const { port } = await peer(bench, (socket) => socket.once("data", () => socket.end(says)))
          const error = await bench.soon(rejection(bench.driver.connect({ ...local, port, password: "x" }), "connect()"), "connect()")
          assert.ok(error instanceof DatabaseConnectionError)
          const { message: text, detail = "", hint = "", serverMessage = "" } = error
          assert.doesNotMatch([text, detail, hint, serverMessage].join(""), /[\p{Cc}\p{Cf}]/u)
        }
      },
    },
    {
      name: "an invalid SQLSTATE is not passed on",
      needs: ["network"],
      check: async (bench) => {
        for (const code of ["28000\x1b]0;title\x07", "", "abcde", "P00011", "0\n000", "\u{1f600}x"]) {
          const refusal = message("E", `SFATAL\0VFATAL\0C${code}\0Mno\0\0`)
          const { port } = await peer(bench, (socket) => socket.once("data", () => socket.end(refusal)))
          const atLogin = await rejection(bench.driver.connect({ ...local, port }), "connect()")
          const answer = Buffer.concat([message("E", `SERROR\0VERROR\0C${code}\0Mno\0\0`), message("Z", "I")])
          const connection = await answeredWith(bench, answer)
          const inQuery = await rejection(connection.query("SELECT 1"), "query()")
          for (const error of [atLogin, inQuery]) {
            assert.ok(isPgsdError(error), JSON.stringify(code))
            assert.match(error.sqlState ?? "XX000", /^[0-9A-Z]{5}$/, JSON.stringify(code))
          }
        }
      },
    },
  ],
}

const local = { host: "127.0.0.1", user: "pgsd", database: "pgsd", connectTimeoutMs: 30_000 } as const

/** A connection whose first query gets that response. */
async function answeredWith(bench: Bench, says: Buffer): Promise<Connection> {
  const { port } = await peer(bench, (socket) => {
    socket.once("data", () => {
      socket.write(WELCOME)
      socket.once("data", () => socket.write(says))
    })
  })
  return bench.connect({ ...local, port })
}

// The deadline is distant: the law is about failing immediately.
async function refused(bench: Bench, what: string, says: Buffer): Promise<void> {
  const { port } = await peer(bench, (socket) => socket.once("data", () => socket.write(says)))
  const error = await bench.soon(rejection(bench.driver.connect({ ...local, port }), what), `connect() to ${what}`)
  assert.ok(error instanceof DatabaseConnectionError, `${what}: a DatabaseConnectionError`)
  assert.ok(WRONG_PEER.has(error.code), `${what}: ${error.code} is neither of ${[...WRONG_PEER].join(", ")}`)
}
