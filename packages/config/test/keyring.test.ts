import { expect, test } from "vitest"
import { systemIo } from "../src/io.ts"
import { PasswordChain, passwordSources } from "../src/password/chain.ts"
import type { KeyringModule, LoadKeyring } from "../src/password/keyring.ts"
import { rejectionOf } from "./support/failure.ts"
import { passwordOf } from "./support/password-of.ts"

const host = { kind: "tcp", name: "h", port: 5432 } as const

/** A keystore with these entries, `service/account`. */
function keystore(entries: Readonly<Record<string, string>>): LoadKeyring {
  const AsyncEntry = class {
    readonly #key: string
    constructor(service: string, account: string) {
      this.#key = `${service}/${account}`
    }
    async getPassword(): Promise<string | undefined> {
      if (this.#key in entries) return entries[this.#key]
      return undefined
    }
  }
  return async () => ({ AsyncEntry }) satisfies KeyringModule
}

function chain(account: string | undefined, loadKeyring: LoadKeyring, timeoutMs?: number): PasswordChain {
  const sources = passwordSources({
    input: { keyring: { service: "pgsd", account }, timeoutMs },
    layered: undefined,
    environmentFile: undefined,
    passwordFile: undefined,
    prompt: undefined,
    env: {},
    io: systemIo,
    loadKeyring,
  })
  return new PasswordChain(sources, async () => ({ fileHost: "h", portText: "5432", host: "h", port: 5432, user: "u", database: "d" }))
}

test("the keystore is queried for service and account, by default the connection's user", async () => {
  const load = keystore({ "pgsd/u": "of the user", "pgsd/robot": "of the account" })
  expect((await chain(undefined, load).password(host))?.reveal()).toBe("of the user")
  expect((await chain("robot", load).password(host))?.reveal()).toBe("of the account")
})

test("without an entry there is no password, and the keystore is listed among the sources", async () => {
  const asked = chain(undefined, keystore({}))
  expect(await passwordOf(asked, host)).toBeUndefined()
  expect(asked.report(host).tried).toEqual([
    'operating system keystore (service "pgsd") (gave none)',
    "environment variable PGPASSWORD (not set)",
  ])
})

test("without the optional peer the error says what to install", async () => {
  const load: LoadKeyring = async () => {
    throw Object.assign(new Error("Cannot find package"), { code: "ERR_MODULE_NOT_FOUND" })
  }
  expect((await rejectionOf(chain(undefined, load).password(host))).message).toBe(
    'operating system keystore (service "pgsd") needs the package @napi-rs/keyring, which is not installed',
  )
})

test("a keystore that refuses, and one that does not answer", async () => {
  const refusing: LoadKeyring = async () => ({
    AsyncEntry: class {
      async getPassword(): Promise<string> {
        throw new Error("AccessDenied")
      }
    },
  })
  expect((await rejectionOf(chain(undefined, refusing).password(host))).message).toBe(
    'operating system keystore (service "pgsd") could not be read: no keystore is available, or access was denied',
  )
  const silent: LoadKeyring = async () => ({
    AsyncEntry: class {
      getPassword(): Promise<string> {
        return new Promise(() => {})
      }
    },
  })
  expect((await rejectionOf(chain(undefined, silent, 20).password(host))).message).toBe(
    'operating system keystore (service "pgsd") did not answer within 20 ms',
  )
})

// Where a keystore runs, the entry is found. In a container the real package fails or finds no entry, depending on the
// kernel; either way the error names the keystore.
test("the real package: a stored entry is found, or the error says that the keystore has none", async () => {
  const { AsyncEntry } = await import("@napi-rs/keyring")
  const service = `pgsd test ${process.pid}`
  const entry = new AsyncEntry(service, "u")
  const stored = await entry.setPassword("kept").then(
    () => true,
    () => false,
  )
  const { resolveConnection } = await import("../src/index.ts")
  const config = await resolveConnection({ connection: "host=h user=u", env: {}, password: { keyring: { service } } })
  if (stored) {
    expect(await passwordOf(config, config.hosts[0]!)).toBe("kept")
    await entry.deletePassword()
  } else {
    const { code, message } = await rejectionOf(config.password(config.hosts[0]!))
    expect(["PGSD_PASSWORD_FAILED", "PGSD_PASSWORD_MISSING"]).toContain(code)
    expect(message).toContain(`operating system keystore (service "${service}")`)
  }
})
