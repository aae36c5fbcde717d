import type { LookupAddress } from "node:dns"
import { isIP, type LookupFunction } from "node:net"
import {
  type Connection,
  type ConnectionConfig,
  type ConnectPhase,
  DatabaseConnectionError,
  type Driver,
  type Host,
  type Target,
} from "@pgsd/driver"
import { type FakeConnection, type FakeDriver, fakeDriver } from "@pgsd/testing"

/**
 * The outcome of an attempt: an error, a wait until the target's own deadline (never connected, or connected and unresponsive), or a
 * session (with these parameters).
 */
export type Outcome = DatabaseConnectionError | "hang" | "silent" | { readonly parameters?: Readonly<Record<string, string>> }

export interface ScriptedNetwork {
  readonly driver: Driver
  readonly fake: FakeDriver
  /** `name[address] encryption` of each attempt, in order. */
  readonly attempts: string[]
  readonly targets: Target[]
}

/** A driver with a network whose every attempt is decided by `script`; the sessions are a fake driver's. */
export function scriptedNetwork(script: (target: Target) => Outcome): ScriptedNetwork {
  const fake = fakeDriver({ supports: { network: true } })
  const attempts: string[] = []
  const targets: Target[] = []
  const driver: Driver = {
    name: "scripted",
    supports: fake.supports,
    async connect(target, options): Promise<Connection> {
      if (target === undefined) throw new Error("a target is required")
      attempts.push(nameOf(target))
      targets.push(target)
      const outcome = script(target)
      if (outcome === "hang") throw await untilDeadline(target, "tcp", options?.signal)
      if (outcome === "silent" || isBeyondTcp(outcome)) {
        options?.onSocketConnect?.()
        options?.signal?.throwIfAborted()
      }
      if (outcome instanceof DatabaseConnectionError) throw outcome
      if (outcome === "silent") throw await untilDeadline(target, "startup", options?.signal)
      const connection: FakeConnection = await fake.connect(target, options)
      for (const [name, value] of Object.entries(outcome.parameters ?? {})) connection.setParameter(name, value)
      return connection
    },
  }
  return { driver, fake, attempts, targets }
}

function nameOf({ host, address, encryption }: Target): string {
  return `${host}${address === undefined || address === host ? "" : `[${address}]`} ${encryption}`
}

function isBeyondTcp(outcome: Outcome): boolean {
  return outcome instanceof DatabaseConnectionError && outcome.phase !== "tcp" && outcome.phase !== "dns"
}

async function untilDeadline(target: Target, phase: ConnectPhase, signal: AbortSignal | undefined): Promise<unknown> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => settle(failure("PGSD_CONNECT_TIMEOUT", phase, target)), target.connectTimeoutMs)
    const aborted = () => settle(signal?.reason)
    function settle(outcome: unknown): void {
      clearTimeout(timer)
      signal?.removeEventListener("abort", aborted)
      resolve(outcome)
    }
    signal?.addEventListener("abort", aborted)
  })
}

/** An adapter's error with that code and phase. */
export function failure(code: string, phase: ConnectPhase, target?: Target, sqlState?: string): DatabaseConnectionError {
  const place = target === undefined ? "somewhere" : `${target.host}:${target.port}`
  return new DatabaseConnectionError(code, `${place}: scripted ${code} in ${phase}`, { phase, retryable: true, sqlState })
}

/** A resolved configuration, as @pgsd/config creates one. */
export function configOf(
  hosts: readonly (string | Host)[],
  overrides: Partial<Omit<ConnectionConfig, "hosts" | "tls">> & { tls?: Partial<ConnectionConfig["tls"]> } = {},
): ConnectionConfig {
  return {
    user: "reader",
    database: "app",
    session: { settings: {} },
    auth: { channelBinding: "prefer" },
    keepAlive: { enabled: true },
    targetSessionAttrs: "any",
    loadBalanceHosts: false,
    password: async () => undefined,
    sources: {},
    warnings: [],
    ...overrides,
    hosts: hosts.map((host) => (typeof host === "string" ? { kind: "tcp", port: 5432, name: host } : host)),
    tls: { mode: "disable", methods: ["plain"], negotiation: "postgres", sni: true, verify: "none", ...overrides.tls },
  }
}

/** A resolver that knows these names; any other has no address. */
export function lookupOf(names: Readonly<Record<string, readonly string[]>>): LookupFunction {
  const resolve = (name: string, _options: unknown, callback: (error: Error | null, addresses: LookupAddress[]) => void) => {
    const addresses = names[name]
    if (addresses === undefined) callback(Object.assign(new Error(`getaddrinfo ENOTFOUND ${name}`), { code: "ENOTFOUND" }), [])
    else
      callback(
        null,
        addresses.map((address) => ({ address, family: isIP(address) })),
      )
  }
  return resolve as unknown as LookupFunction
}
