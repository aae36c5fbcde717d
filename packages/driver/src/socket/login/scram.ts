import { ProtocolViolation } from "../protocol/protocol-violation.ts"

/**
 * Maximum PBKDF2 iterations a server may request. PostgreSQL's default is 4,096; one million takes about half a second, which drivers may
 * spend on the event loop.
 */
const MAX_SCRAM_ITERATIONS = 1_000_000

/** A SASLInitialResponse: the chosen mechanism and the client's nonce. */
export function readClientFirst(message: Buffer): { readonly mechanism: string; readonly nonce: string } {
  const body = message.toString("latin1", 5)
  const end = body.indexOf("\0")
  return { mechanism: body.slice(0, end), nonce: /,r=([^,]*)/.exec(body.slice(end))?.[1] ?? "" }
}

/**
 * Checks the server-first-message (RFC 5802): a nonce that extends the client's, a salt, an acceptable number of iterations. postgres.js
 * checks none of these.
 *
 * @throws ProtocolViolation
 */
export function checkScramChallenge(text: string, clientNonce: string): void {
  const [nonce, salt, iterations, ...extensions] = text.split(",")
  const rounds = /^i=([1-9]\d*)$/.exec(iterations ?? "")?.[1]
  if (extensions.some((each) => each.startsWith("m=")) || !nonce?.startsWith("r=") || rounds === undefined)
    throw new ProtocolViolation("the SCRAM challenge is malformed")
  if (!nonce.startsWith(`r=${clientNonce}`) || nonce.length <= clientNonce.length + 2 || clientNonce === "")
    throw new ProtocolViolation("the SCRAM challenge does not extend the client's nonce")
  if (!/^s=(?:[a-zA-Z0-9+/]{4})*(?:[a-zA-Z0-9+/]{2}==|[a-zA-Z0-9+/]{3}=)?$/.test(salt ?? "") || salt === "s=")
    throw new ProtocolViolation("the SCRAM challenge has no salt")
  if (Number(rounds) > MAX_SCRAM_ITERATIONS)
    throw new ProtocolViolation(`the SCRAM challenge asks for ${rounds} iterations, more than ${MAX_SCRAM_ITERATIONS}`)
}

/** The peer has not proved that it knows the password. */
export class ServerUnverified extends Error {
  override readonly name = "ServerUnverified"
}

/**
 * Checks that the server-final-message (RFC 5802) contains a signature, which the driver then verifies.
 *
 * @throws ServerUnverified for a SCRAM error from the server and for anything else
 */
export function checkScramProof(text: string): void {
  const refusal = /^e=([\w-]{1,60})/.exec(text)?.[1]
  if (refusal !== undefined) throw new ServerUnverified(`it ended the SCRAM exchange with "${refusal}"`)
  if (!/^v=[A-Za-z0-9+/]{43}=(?:,|$)/.test(text)) throw new ServerUnverified("its last SCRAM message has no signature")
}
