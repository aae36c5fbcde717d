import { createHmac, pbkdf2, randomBytes } from "node:crypto"
import { promisify } from "node:util"

const deriveKey = promisify(pbkdf2)

/** More than the roles a program logs in as; each entry is a few hundred bytes. */
const MAX_KEYS = 64

export interface ScramKeys {
  readonly clientKey: Buffer
  readonly serverKey: Buffer
}

/** Per process, so that a fingerprint is useless elsewhere. */
const fingerprintKey = randomBytes(32)
const known = new Map<string, Promise<ScramKeys>>()

/**
 * The keys of a password (RFC 5802: SaltedPassword, ClientKey, ServerKey), cached per salt and iteration count: deriving them is the main
 * cost of a login, which a pool of a hundred connections pays once. The password itself is not stored.
 *
 * @param password normalised with SASLprep
 * @param salt in Base64
 */
export function scramKeys(password: string, salt: string, iterations: number): Promise<ScramKeys> {
  const fingerprint = createHmac("sha256", fingerprintKey).update(password).digest("base64")
  const key = `${iterations} ${salt} ${fingerprint}`
  const found = known.get(key)
  if (found !== undefined) return found
  if (known.size >= MAX_KEYS) known.delete(known.keys().next().value!)
  const derived = derive(password, salt, iterations)
  known.set(key, derived)
  derived.catch(() => known.delete(key))
  return derived
}

async function derive(password: string, salt: string, iterations: number): Promise<ScramKeys> {
  const salted = await deriveKey(password, Buffer.from(salt, "base64"), iterations, 32, "sha256")
  const hmac = (text: string) => createHmac("sha256", salted).update(text).digest()
  return { clientKey: hmac("Client Key"), serverKey: hmac("Server Key") }
}
