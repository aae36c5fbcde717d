import { type Fork, forkIn } from "./forks.ts"
import type { ServerVersion } from "./server-version.ts"

const NUMBER = String.raw`(\d+)(?:\.(\d+))?(?:\.(\d+))?(devel|alpha\d+|beta\d+|rc\d+)?`
const SERVER_VERSION = new RegExp(String.raw`^${NUMBER}(?![\d])`)
// Anywhere in the text: vFabric's starts with a bracket. Forks that replace PostgreSQL's name follow its grammar.
const VERSION_FUNCTION = new RegExp(`(?:PostgreSQL|EnterpriseDB|Babelfish|OrioleDB|openHalo) ${NUMBER}`)
const VERSION_NUMBER = /^\d{5,6}$/

/**
 * Parses any text in which a server states its version: `server_version` ("18.4 (Debian 18.4-1)"), `server_version_num` ("180004") or
 * `version()` ("PostgreSQL 18.4 on x86_64…"). Without a PostgreSQL version in it, `number` is absent.
 *
 * Base decisions on `number`; the flavour is only what the text states.
 */
export function parseServerVersion(text: string): ServerVersion {
  const trimmed = text.trim()
  const fork = forkIn(trimmed)
  if (VERSION_NUMBER.test(trimmed)) return fromNumber(trimmed, Number(trimmed))
  if (fork?.hasNoVersion) return { text: trimmed, patch: 0, ...named(fork) }
  const match = VERSION_FUNCTION.exec(trimmed) ?? SERVER_VERSION.exec(trimmed)
  if (match === null || isAnotherDatabase(trimmed)) return { text: trimmed, patch: 0, ...named(fork ?? { flavour: "unknown" }) }
  const [, first = "0", second = "0", third = "0", prerelease] = match
  const version = fromParts(Number(first), Number(second), Number(third))
  // A fork's beta is not PostgreSQL's: the word must directly follow the number, and OrioleDB's follows another one.
  return { text: trimmed, ...version, ...(prerelease !== undefined && { prerelease }), ...named(fork ?? { flavour: "postgresql" }) }
}

/** `server_version_num` as plain data. */
export function fromNumber(text: string, number: number): ServerVersion {
  const old = number < 100_000
  const major = Math.floor(number / 10_000)
  return {
    text,
    number,
    major,
    minor: old ? Math.floor(number / 100) % 100 : number % 10_000,
    patch: old ? number % 100 : 0,
    flavour: "postgresql",
  }
}

// Since 10 the second number is the minor release; a third one has no meaning (CockroachDB says 13.0.0).
function fromParts(major: number, second: number, third: number) {
  return major >= 10
    ? { number: major * 10_000 + second, major, minor: second, patch: 0 }
    : { number: major * 10_000 + second * 100 + third, major, minor: second, patch: third }
}

// "8.0.11-TiDB-v8.5.5", "5.7.0-MariaDB": a name directly after the number that is not of PostgreSQL's family.
function isAnotherDatabase(text: string): boolean {
  return /^\d[\d.]*-(?!YB-)[A-Za-z]/.test(text)
}

function named(fork: Fork): Pick<ServerVersion, "flavour" | "flavourVersion"> {
  return { flavour: fork.flavour, ...(fork.version !== undefined && { flavourVersion: fork.version }) }
}
