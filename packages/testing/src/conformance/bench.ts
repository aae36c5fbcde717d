import assert from "node:assert/strict"
import type { Connection, ConnectOptions, Driver, DriverSupports, PgsdError, Row, Target } from "@pgsd/driver"
import { type ProxiedTarget, proxiedTarget } from "../proxy/proxied-target.ts"
import type { ConformanceRounds, ConformanceSubject } from "./subject.ts"
import { within } from "./waiting.ts"

const ROUNDS = { aborts: 300, cuts: 500, cancels: 300, silences: Number.POSITIVE_INFINITY } as const satisfies ConformanceRounds

/** An embedded database starts inside its first connect(), on a loaded machine. */
const LONGEST_CONNECT_MS = 25_000

/** The environment of one law. Everything it creates is closed when the law ends. */
export class Bench {
  readonly subject: ConformanceSubject
  /** For what should happen promptly. */
  readonly timeoutMs: number
  /** For what may wait for an unresponsive peer, but not indefinitely. */
  readonly boundMs: number
  readonly #held: (() => Promise<void> | void)[] = []

  constructor(subject: ConformanceSubject) {
    this.subject = subject
    this.timeoutMs = subject.timeoutMs ?? 2_000
    this.boundMs = 4 * this.timeoutMs
  }

  get driver(): Driver {
    return this.subject.driver
  }

  get supports(): DriverSupports {
    return this.subject.driver.supports
  }

  rounds(what: keyof ConformanceRounds): number {
    return this.subject.rounds?.[what] ?? ROUNDS[what]
  }

  /** Where the driver connects; undefined for a driver without a network. */
  target(overrides: Partial<Target> = {}): Target | undefined {
    if (!this.supports.network) return undefined
    return { ...this.#requiredTarget(), ...overrides }
  }

  #requiredTarget(): Target {
    assert.ok(this.subject.target, `the subject "${this.subject.name}" needs a target: its driver has a network`)
    return this.subject.target()
  }

  /** A connection that is closed when the law ends. */
  async connect(target = this.target(), options?: ConnectOptions): Promise<Connection> {
    const connection = await within(LONGEST_CONNECT_MS, this.driver.connect(target, options), "connect()")
    this.hold(async () => {
      connection.destroy()
    })
    return connection
  }

  /** A fault proxy in front of the server, and the target that leads through it. */
  async proxied(overrides: Partial<Target> = {}): Promise<ProxiedTarget> {
    const proxied = await proxiedTarget({ ...this.#requiredTarget(), ...overrides })
    this.hold(() => proxied.proxy.close())
    return proxied
  }

  /** Closed when the law ends. */
  hold(end: () => Promise<void> | void): void {
    this.#held.push(end)
  }

  async admin(text: string): Promise<readonly Row[]> {
    const { admin, name } = this.subject
    assert.ok(admin, `the subject "${name}" needs an admin: its driver has a network`)
    return admin.sql(text)
  }

  /** `work` within {@link timeoutMs}. */
  soon<T>(work: Promise<T>, what: string): Promise<T> {
    return within(this.timeoutMs, work, what)
  }

  async end(): Promise<void> {
    for (const end of this.#held.splice(0).reverse()) await end()
  }
}

/** Every call of an onClose listener, in order. */
export function closings(connection: Connection): (PgsdError | undefined)[] {
  const closes: (PgsdError | undefined)[] = []
  connection.onClose((error) => closes.push(error))
  return closes
}
