import { abortable } from "../../abortable.ts"
import { place } from "../../classify.ts"
import { DatabaseConnectionError, isPgsdError } from "../../errors.ts"
import { isSecret } from "../../secret.ts"
import type { Target } from "../../target.ts"
import { saslprep } from "./saslprep.ts"

export interface ResolvePasswordOptions {
  /** Aborting rejects with `signal.reason`; a provider is given it too. */
  readonly signal?: AbortSignal | undefined
  /** The form SCRAM asks for. False gives the password as it is, as the methods md5 and password send it. @default true */
  readonly normalize?: boolean | undefined
}

/**
 * The target's password, or undefined when it has none. A provider is called, once.
 *
 * @throws the provider's own PgsdError, or DatabaseConnectionError PGSD_AUTH_FAILED of phase `auth` with whatever it threw as cause
 */
export async function resolvePassword(target: Target, options: ResolvePasswordOptions = {}): Promise<string | undefined> {
  const { signal, normalize = true } = options
  signal?.throwIfAborted()
  const { password } = target
  const given: unknown = typeof password === "function" ? await ask(target, password, signal) : password
  if (given === undefined) return undefined
  const text = isSecret(given) ? given.reveal() : given
  if (typeof text !== "string") throw failure(target, "the password provider gave something that is no string, secret or undefined", false)
  if (text.includes("\0")) throw failure(target, "the password contains a NUL character", false)
  return normalize ? saslprep(text) : text
}

async function ask(target: Target, provider: Extract<Target["password"], (...never: never[]) => unknown>, signal: AbortSignal | undefined) {
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
