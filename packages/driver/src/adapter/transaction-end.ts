import { bareText } from "../statement-text.ts"

/** Whether a statement with this command tag has ended a transaction. Not so the tag ROLLBACK: see {@link opensAnotherTransaction}. */
export function endsTransaction(commandTag: string): boolean {
  return commandTag === "COMMIT" || commandTag === "PREPARE TRANSACTION"
}

/**
 * Whether what the statement leaves open is another transaction than it found: one that AND CHAIN, or a BEGIN behind the end, has opened.
 * For adapters: the command tag of ROLLBACK is that of ROLLBACK TO SAVEPOINT as well.
 */
export function opensAnotherTransaction(sql: string): boolean {
  let ended = false
  for (const statement of bareText(sql).split(";"))
    if (ENDS.test(statement)) {
      if (CHAINS.test(statement)) return true
      ended = true
    } else if (ended && BEGINS.test(statement)) return true
  return false
}

const ENDS = /^\s*(?:commit|end|abort|prepare\s+transaction|rollback(?!\s+(?:(?:work|transaction)\s+)?to\b))\b/i
const CHAINS = /\band\s+chain\b/i
const BEGINS = /^\s*(?:begin|start\s+transaction)\b/i
