import { abortable } from "../../abortable.ts"
import { place } from "../../classify.ts"
import { DatabaseConnectionError, isPgsdError } from "../../errors.ts"
import { isSecret } from "../../secret.ts"
import type { Target } from "../../target.ts"
import { saslprep } from "./saslprep.ts"

export interface ResolvePasswordOptions {
  /** Aborting rejects with `signal.reason`; the signal is passed to a provider, too. */
  readonly signal?: AbortSignal | undefined
  /** Normalises the password as SCRAM requires. False returns it unchanged, as the methods md5 and password send it. @default true */
  readonly normalize?: boolean | undefined
}

/**
 * Returns the target's password, or undefined if it has none. A provider is called once.
 *
 * @throws the provider's own PgsdError; DatabaseConnectionError PGSD_AUTH_FAILED in phase `auth`, with anything else it threw as `cause`
 */
export async function resolvePassword(target: Target, options: ResolvePasswordOptions = {}): Promise<string | undefined> {
  const { signal, normalize = true } = options
  signal?.throwIfAborted()
  const { password } = target
  const given: unknown = typeof password === "function" ? await callProvider(target, password, signal) : password
  if (given === undefined) return undefined
  const text = isSecret(given) ? given.reveal() : given
  if (typeof text !== "string") throw failure(target, "the password provider must return a string, a secret or undefined", false)
  if (text.includes("\0")) throw failure(target, "the password contains a NUL character", false)
  return normalize ? saslprep(text) : text
}

async function callProvider(
  target: Target,
  provider: Extract<Target["password"], (...never: never[]) => unknown>,
  signal: AbortSignal | undefined,
) {
  const answer = (async () => provider({ signal }))()
  try {
    return await abortable(answer, signal)
  } catch (cause) {
    if (signal?.aborted) throw signal.reason
    if (isPgsdError(cause)) throw cause
    throw failure(target, "the password provider failed; see the cause", true, cause)
  }
}

function failure(target: Target, fact: string, retryable: boolean, cause?: unknown): DatabaseConnectionError {
  const { host, port, user, database, label } = target
  const at = { host, port, user, database, label }
  return new DatabaseConnectionError("PGSD_AUTH_FAILED", `${place(at)}: ${fact}`, { ...at, phase: "auth", retryable, cause })
}
