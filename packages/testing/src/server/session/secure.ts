import { isIP, type Socket } from "node:net"
import { connect } from "node:tls"
import { DatabaseConnectionError } from "@pgsd/driver"

interface SecureOptions {
  readonly host: string
  /** libpq's modes. */
  readonly sslMode: string
  readonly ca?: string | undefined
}

/** PostgreSQL documentation, "SSL Session Encryption". */
const SSL_REQUEST = Buffer.from([0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f])

/** Requests TLS according to sslmode: `prefer` accepts either, `require` encrypts, `verify-…` also verifies. */
export async function secure(socket: Socket, { host, sslMode, ca }: SecureOptions): Promise<Socket> {
  if (sslMode === "disable" || sslMode === "allow") return socket
  socket.write(SSL_REQUEST)
  const answer = await firstByte(socket)
  // A paused socket does not resume by itself when a listener is added. The server is silent until the startup message.
  if (answer === "N" && sslMode === "prefer") return socket.resume()
  if (answer !== "S")
    throw new DatabaseConnectionError("PGSD_TLS_UNSUPPORTED", `the server does not support TLS, which sslmode=${sslMode} requires`)
  return new Promise((resolve, reject) => {
    const encrypted = connect({
      socket,
      ...(isIP(host) === 0 ? { servername: host } : {}),
      host,
      ca,
      rejectUnauthorized: sslMode.startsWith("verify-"),
      ...(sslMode === "verify-ca" ? { checkServerIdentity: () => undefined } : {}),
    })
    encrypted.once("error", reject)
    encrypted.once("secureConnect", () => {
      encrypted.off("error", reject)
      resolve(encrypted)
    })
  })
}

function firstByte(socket: Socket): Promise<string> {
  return new Promise((resolve, reject) => {
    const failed = () => reject(new DatabaseConnectionError("PGSD_CONNECTION_LOST", "the server closed the connection at the TLS request"))
    socket.once("close", failed)
    socket.once("data", (bytes: Buffer) => {
      socket.off("close", failed)
      socket.pause() // Until there is a listener again: the bytes that follow belong to TLS.
      resolve(bytes.toString("latin1", 0, 1))
    })
  })
}
