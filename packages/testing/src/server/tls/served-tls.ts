import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { Certificates } from "./certificates.ts"
import type { CertificateAndKey, ClientCertificateOptions, ServerTls, ServerTlsOptions } from "./server-tls.ts"

/** The TLS configuration of one server: the initial one, and certificates set while it runs. */
export class ServedTls implements ServerTls {
  readonly caFile: string
  readonly #certificates: Certificates
  #server: CertificateAndKey
  #install: ((files: Readonly<Record<string, string>>) => Promise<void>) | undefined

  private constructor(folder: string, certificates: Certificates, server: CertificateAndKey) {
    this.#certificates = certificates
    this.#server = server
    this.caFile = join(folder, "ca.crt")
    writeFileSync(this.caFile, certificates.ca)
  }

  /** @param folder where clients can read the authority's certificate */
  static async create(folder: string, options: ServerTlsOptions): Promise<ServedTls> {
    const certificates = await Certificates.create()
    return new ServedTls(folder, certificates, await certificates.forServer(options))
  }

  /** The server's files, by name. */
  get files(): Readonly<Record<string, string>> {
    return { "ca.crt": this.ca, "server.crt": this.#server.cert, "server.key": this.#server.key }
  }

  /** @param folder of the files, as seen by the server; `""` is its data folder */
  settings(folder: string): Record<string, string | boolean> {
    return { ssl: true, ssl_ca_file: `${folder}ca.crt`, ssl_cert_file: `${folder}server.crt`, ssl_key_file: `${folder}server.key` }
  }

  /** Copies changed files to the running server and reloads it. */
  installBy(install: (files: Readonly<Record<string, string>>) => Promise<void>): void {
    this.#install = install
  }

  get ca(): string {
    return this.#certificates.ca
  }

  get otherCa(): string {
    return this.#certificates.otherCa
  }

  get certificate(): string {
    return this.#server.cert
  }

  clientCertificate(user: string, options?: ClientCertificateOptions): Promise<CertificateAndKey> {
    return this.#certificates.forClient(user, options)
  }

  revocationList(revoked?: readonly string[]): Promise<string> {
    return this.#certificates.revocationList(revoked)
  }

  async reissue(options: ServerTlsOptions): Promise<void> {
    this.#server = await this.#certificates.forServer(options)
    await this.#install?.(this.files)
  }
}
