import { type ClassifyContext, fromServer, type ServerError, sessionLives } from "../../classify.ts"
import type { PgsdError } from "../../errors.ts"
import { meaningOfPoolerMessage } from "./pooler-messages.ts"

/** Converts an error sent by the peer: the server, or a pooler in front of it. */
export function fromPeer(error: ServerError, cause: unknown, context: ClassifyContext): PgsdError {
  return fromServer(error, cause, context, sessionLives(error, context) ? undefined : meaningOfPoolerMessage(error.sqlState, error.message))
}

/** The server's error as an Error, where no library has created one. */
export class ServerReport extends Error {
  override readonly name = "ServerReport"

  constructor({ message, ...fields }: ServerError) {
    super(message)
    Object.assign(this, fields)
  }
}
