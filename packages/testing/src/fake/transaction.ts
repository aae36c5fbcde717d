import type { FakeServerError } from "./failure.ts"

/** The outcome of a transaction-control statement: its command tag, a warning, or an error. Undefined for other statements. */
export interface TransactionOutcome {
  readonly command: string
  readonly warning?: string
  readonly error?: FakeServerError
}

const BEGIN = /^(?:begin|start\s+transaction)\b/i
const COMMIT = /^(?:commit|end)\b/i
const ROLLBACK_TO = /^rollback\s+(?:work\s+|transaction\s+)?to\s+(?:savepoint\s+)?("(?:[^"]|"")+"|\w+)/i
const ROLLBACK = /^(?:rollback|abort)\b/i
const CHAINS = /\band\s+chain\b/i
const SAVEPOINT = /^savepoint\s+("(?:[^"]|"")+"|\w+)/i
const RELEASE = /^release\s+(?:savepoint\s+)?("(?:[^"]|"")+"|\w+)/i

/** The server's side of BEGIN, COMMIT, ROLLBACK and savepoints: the transaction status that ReadyForQuery would report. */
export class TransactionState {
  #status: "idle" | "transaction" | "failed" = "idle"
  #savepoints: string[] = []
  /** Changes when a transaction ends. */
  epoch = 0

  get status(): "idle" | "transaction" | "failed" {
    return this.#status
  }

  /** Any error inside a transaction fails it. */
  fail(): void {
    if (this.#status === "transaction") this.#status = "failed"
  }

  /** Applies a statement. In a failed transaction, only statements that end it or roll back to a savepoint are allowed. */
  apply(statement: string): TransactionOutcome | undefined {
    const outcome = this.#control(statement)
    if (outcome === undefined && this.#status === "failed") return { command: "", error: ABORTED }
    if (outcome?.error !== undefined) this.fail()
    return outcome
  }

  #control(statement: string): TransactionOutcome | undefined {
    const back = ROLLBACK_TO.exec(statement)
    if (back !== null) return this.#toSavepoint(back[1]!)
    if (COMMIT.test(statement)) return this.#end(this.#status === "failed" ? "ROLLBACK" : "COMMIT", statement)
    if (ROLLBACK.test(statement)) return this.#end("ROLLBACK", statement)
    if (this.#status === "failed") return undefined
    if (BEGIN.test(statement)) return this.#begin(/^start/i.test(statement) ? "START TRANSACTION" : "BEGIN")
    const savepoint = SAVEPOINT.exec(statement)
    if (savepoint !== null) return this.#savepoint(savepoint[1]!)
    const release = RELEASE.exec(statement)
    return release === null ? undefined : this.#release(release[1]!)
  }

  #begin(command: string): TransactionOutcome {
    if (this.#status !== "idle") return { command, warning: "there is already a transaction in progress" }
    this.#status = "transaction"
    return { command }
  }

  #end(command: string, statement: string): TransactionOutcome {
    if (this.#status === "idle") return { command, warning: "there is no transaction in progress" }
    this.#status = CHAINS.test(statement) ? "transaction" : "idle"
    this.#savepoints = []
    this.epoch++
    return { command }
  }

  #savepoint(name: string): TransactionOutcome {
    if (this.#status === "idle") return { command: "", error: OUTSIDE }
    this.#savepoints.push(name)
    return { command: "SAVEPOINT" }
  }

  #release(name: string): TransactionOutcome {
    if (this.#status === "idle") return { command: "", error: OUTSIDE }
    const index = this.#savepoints.lastIndexOf(name)
    if (index < 0) return { command: "", error: unknownSavepoint(name) }
    this.#savepoints.length = index
    return { command: "RELEASE" }
  }

  #toSavepoint(name: string): TransactionOutcome {
    if (this.#status === "idle") return { command: "", error: OUTSIDE }
    const index = this.#savepoints.lastIndexOf(name)
    if (index < 0) return { command: "", error: unknownSavepoint(name) }
    this.#savepoints.length = index + 1
    this.#status = "transaction"
    return { command: "ROLLBACK" }
  }
}

const ABORTED: FakeServerError = {
  sqlState: "25P02",
  message: "current transaction is aborted, commands ignored until end of transaction block",
}
const OUTSIDE: FakeServerError = { sqlState: "25P01", message: "this command can only be used in transaction blocks" }

function unknownSavepoint(name: string): FakeServerError {
  return { sqlState: "3B001", message: `savepoint "${name}" does not exist` }
}
