import { createHash, createHmac, pbkdf2Sync, randomBytes } from "node:crypto"
import { DatabaseConnectionError, fromServer } from "@pgsd/driver"
import { cString, int32, type Message, message } from "./messages.ts"

/** Answers authentication requests until AuthenticationOk: none, a password, MD5 or SCRAM-SHA-256. */
export async function authenticate(
  who: { readonly user: string; readonly password?: string | undefined },
  next: () => Promise<Message>,
  send: (bytes: Buffer) => void,
): Promise<void> {
  const password = who.password ?? ""
  let scram: ReturnType<typeof scramSha256> | undefined
  for (;;) {
    const each = await next()
    if (each.type === "E") throw fromServer(each.error(), undefined, { phase: "auth", user: who.user })
    if (each.type !== "R") continue
    const request = each.int32()
    if (request === 0) return
    if (request === 3) send(message("p", cString(password)))
    else if (request === 5)
      send(message("p", cString(`md5${md5(Buffer.concat([Buffer.from(md5(Buffer.from(password + who.user))), each.bytes(4)]))}`)))
    else if (request === 10) {
      scram = scramSha256(password)
      const first = Buffer.from(scram.first)
      send(message("p", Buffer.concat([cString("SCRAM-SHA-256"), int32(first.length), first])))
    } else if (request === 11 && scram !== undefined) send(message("p", Buffer.from(scram.answer(each.rest().toString()))))
    else if (request !== 12)
      throw new DatabaseConnectionError("PGSD_AUTH_UNSUPPORTED", `the server requests authentication method ${request}`, { phase: "auth" })
  }
}

function md5(bytes: Buffer): string {
  return createHash("md5").update(bytes).digest("hex")
}

/** RFC 5802 without channel binding; the server's proof is not verified, because this package started the server. */
function scramSha256(password: string) {
  const nonce = randomBytes(18).toString("base64")
  const bare = `n=*,r=${nonce}`
  return {
    first: `n,,${bare}`,
    answer(challenge: string): string {
      const fields = Object.fromEntries(challenge.split(",").map((field) => [field[0], field.slice(2)]))
      const salted = pbkdf2Sync(password.normalize("NFKC"), Buffer.from(fields.s!, "base64"), Number(fields.i), 32, "sha256")
      const clientKey = hmac(salted, "Client Key")
      const withoutProof = `c=biws,r=${fields.r}`
      const signature = hmac(createHash("sha256").update(clientKey).digest(), `${bare},${challenge},${withoutProof}`)
      const proof = clientKey.map((byte, index) => byte ^ signature[index]!)
      return `${withoutProof},p=${Buffer.from(proof).toString("base64")}`
    },
  }
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac("sha256", key).update(text).digest()
}
