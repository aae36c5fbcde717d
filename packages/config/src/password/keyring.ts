import { errnoOf } from "../io.ts"
import type { PasswordProvider } from "./input.ts"
import { failed } from "./provider.ts"

/** The part of `@napi-rs/keyring` in use. */
export interface KeyringModule {
  readonly AsyncEntry: new (
    service: string,
    account: string,
  ) => { getPassword(signal?: AbortSignal | null): Promise<string | undefined | null> }
}

/** Loads the optional peer. */
export type LoadKeyring = () => Promise<KeyringModule>

const loadPeer: LoadKeyring = async () => (await import("@napi-rs/keyring")) as KeyringModule

/** A provider for the operating system's keystore (macOS keychain, Windows credential manager, Secret Service). */
export function keyringProvider(
  name: string,
  service: string,
  account: string | undefined,
  load: LoadKeyring = loadPeer,
): PasswordProvider {
  return async ({ user, signal }) => {
    const { AsyncEntry } = await load().catch((cause: unknown) => {
      const missing = errnoOf(cause) === "ERR_MODULE_NOT_FOUND" || errnoOf(cause) === "MODULE_NOT_FOUND"
      throw failed(name, missing ? "needs the package @napi-rs/keyring, which is not installed" : "could not be loaded", cause)
    })
    try {
      return (await new AsyncEntry(service, account ?? user).getPassword(signal)) ?? undefined
    } catch (cause) {
      throw failed(name, "could not be read: no keystore is available, or access was denied", cause)
    }
  }
}
