import type { FakeQuery } from "./script.ts"
import { splitStatements } from "./statements.ts"

const ABOUT_CHANNELS = /\b(?:un)?listen\b|\bnotify\b|\bdiscard\b/i
const LISTEN = /^listen\s+("(?:[^"]|"")+"|\w+)$/i
const UNLISTEN = /^unlisten\s+(\*|"(?:[^"]|"")+"|\w+)$/i
const NOTIFY = /^notify\s+("(?:[^"]|"")+"|\w+)(?:\s*,\s*'((?:[^']|'')*)')?$/i
const PG_NOTIFY = /\bpg_notify\(\$1, \$2\)/

type Send = (channel: string, payload: string) => void

/** LISTEN and NOTIFY of one session: both take effect when their transaction commits. */
export class Channels {
  readonly #listening = new Set<string>()
  readonly #send: Send
  #pending: (() => void)[] = []

  /** @param send to every listening session */
  constructor(send: Send) {
    this.#send = send
  }

  has(channel: string): boolean {
    return this.#listening.has(channel)
  }

  /** A query has succeeded: one statement, or several with one scripted answer. */
  note({ sql, encoded }: FakeQuery): void {
    if (encoded?.length === 2 && PG_NOTIFY.test(sql)) this.#pending.push(() => this.#send(encoded[0] ?? "", encoded[1] ?? ""))
    // A cheap check of the text first: few queries are about channels.
    if (ABOUT_CHANNELS.test(sql)) for (const statement of splitStatements(sql)) this.#statement(statement)
  }

  #statement(sql: string): void {
    const listen = LISTEN.exec(sql)
    if (listen !== null) this.#pending.push(() => this.#listening.add(nameOf(listen[1]!)))
    const unlisten = UNLISTEN.exec(sql)
    if (unlisten !== null) this.#pending.push(() => this.#unlisten(unlisten[1]!))
    if (/^discard\s+all$/i.test(sql)) this.#pending.push(() => this.#listening.clear())
    const notify = NOTIFY.exec(sql)
    if (notify !== null) this.#pending.push(() => this.#send(nameOf(notify[1]!), (notify[2] ?? "").replaceAll("''", "'")))
  }

  commit(): void {
    for (const act of this.#pending.splice(0)) act()
  }

  rollback(): void {
    this.#pending = []
  }

  #unlisten(name: string): void {
    if (name === "*") this.#listening.clear()
    else this.#listening.delete(nameOf(name))
  }
}

function nameOf(identifier: string): string {
  return identifier.startsWith('"') ? identifier.slice(1, -1).replaceAll('""', '"') : identifier.toLowerCase()
}
