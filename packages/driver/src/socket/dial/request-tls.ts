import type { Socket } from "node:net"
import { place } from "../../classify.ts"
import type { DriverErrorCode } from "../../codes.ts"
import { type ConnectionPlace, DatabaseConnectionError } from "../../errors.ts"
import { refusalText } from "../protocol/refusal-text.ts"
import { socketOutcome } from "./socket-outcome.ts"

/** SSLRequest: length 8, then 80877103 (PostgreSQL documentation, "Message Formats"). */
const SSL_REQUEST = Buffer.from([0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f])

const YES = 0x53 // S
const NO = 0x4e // N
const ERROR = 0x45 // E

/**
 * Requests TLS from the server; resolves when it agrees. The response is a single byte: bytes that follow were sent unencrypted and
 * would be read as part of the encrypted stream (CVE-2021-23222).
 */
export async function requestTls(socket: Socket, signal: AbortSignal, at: ConnectionPlace): Promise<void> {
  const answer = await socketOutcome<Buffer>(
    socket,
    signal,
    () => failure("PGSD_CONNECTION_LOST", at, "the server closed the connection without answering the TLS request", true),
    (resolve) => {
      let received = Buffer.alloc(0)
      socket.write(SSL_REQUEST)
      return {
        data: (chunk: Buffer) => {
          received = Buffer.concat([received, chunk])
          if (received[0] !== ERROR || refusalText(received) !== undefined) resolve(received)
        },
      }
    },
  )
  socket.pause()
  switch (answer.toString("latin1", 0, 4) === "SSH-" ? undefined : answer[0]) {
    case YES:
    case NO:
      if (answer.length > 1 || socket.readableLength > 0)
        throw failure(
          "PGSD_PROTOCOL_VIOLATION",
          at,
          "unencrypted bytes follow the response to the TLS request",
          false,
          "an intermediary may be tampering with the connection",
        )
      if (answer[0] === YES) return
      throw failure(
        "PGSD_TLS_UNSUPPORTED",
        at,
        "the server does not support TLS",
        false,
        "set ssl = on at the server, or connect with sslmode=prefer or disable",
      )
    case ERROR: {
      const { text, retryable } = refusalText(answer)!
      // An unencrypted response proves nothing: its text is marked as unverified, and its SQLSTATE only decides whether to retry.
      throw failure("PGSD_TLS_FAILED", at, `the TLS request was answered with an unverified error: "${text}"`, retryable)
    }
    default:
      throw failure("PGSD_NOT_POSTGRES", at, "the peer does not speak the PostgreSQL protocol", false, "check host and port")
  }
}

function failure(code: DriverErrorCode, at: ConnectionPlace, fact: string, retryable: boolean, hint?: string): DatabaseConnectionError {
  return new DatabaseConnectionError(code, `${place(at)}: ${fact}${hint === undefined ? "" : ` (${hint})`}`, {
    ...at,
    phase: "tls",
    retryable,
    hint,
  })
}
