import { availableVersions, type PostgresServer, postgresServer } from "@pgsd/testing/server"
import { CERTIFICATES, type ServerName, type TlsCase } from "./cases.ts"

export const PASSWORD = "S3CRET w0rd"

const HBA = [
  "hostnossl onlyssl all all reject",
  "hostssl nossl all all reject",
  "hostssl certdb all all cert",
  "host certdb all all reject",
  "host all trusting all trust",
  "host all clear all password",
  "local all all scram-sha-256",
  "host all all all scram-sha-256",
]
const USERS = [{ name: "u", password: PASSWORD }, { name: "clear", password: PASSWORD }, { name: "certified" }, { name: "trusting" }]

/** The servers of the matrix: one with TLS, which changes its certificate; one without; one without direct TLS. */
export class Servers {
  readonly main: PostgresServer
  readonly #off: PostgresServer
  readonly #old: PostgresServer
  #shown: object = CERTIFICATES.ssl

  private constructor(main: PostgresServer, off: PostgresServer, old: PostgresServer) {
    this.main = main
    this.#off = off
    this.#old = old
  }

  static async start(): Promise<Servers> {
    const [main, off, old] = await Promise.all([
      postgresServer({ tls: CERTIFICATES.ssl, hba: HBA, users: USERS }),
      postgresServer({ users: USERS }),
      postgresServer({ version: oldVersion(), tls: true, users: USERS }),
    ])
    for (const name of ["onlyssl", "nossl", "certdb"]) await main.sql(`CREATE DATABASE ${name}`)
    return new Servers(main, off, old)
  }

  /** The server of a case, with the certificate of the case. */
  async of(name: ServerName): Promise<PostgresServer> {
    if (name === "off") return this.#off
    if (name === "old") return this.#old
    const wanted = CERTIFICATES[name === "hba" ? "ssl" : name]
    if (wanted !== this.#shown) await this.main.tls!.reissue(wanted)
    this.#shown = wanted
    return this.main
  }

  async close(): Promise<void> {
    await Promise.all([this.main.close(), this.#off.close(), this.#old.close()])
  }
}

/** One that uses SCRAM by default, and does not support direct TLS (17). */
function oldVersion(): number {
  const version = availableVersions().find((each) => each >= 14 && each < 17)
  if (version === undefined) throw new Error("the matrix needs a PostgreSQL 14, 15 or 16 among the embedded ones")
  return version
}

/** By server: the revocation list names the first certificate, so its cases come before any other is used. */
export function inOrder(cases: readonly TlsCase[]): readonly TlsCase[] {
  const first = cases.filter(({ server }) => ["ssl", "hba", "off", "old"].includes(server))
  return [...first, ...cases.filter((each) => !first.includes(each)).sort((a, b) => a.server.localeCompare(b.server))]
}
