import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { Certificates } from "../tls/certificates.ts"
import type { CertificateAndKey, ClientCertificateOptions, ServerTls, ServerTlsOptions } from "../tls/server-tls.ts"
import type { Postmaster } from "./postmaster.ts"
import type { SettingValue } from "./settings.ts"

/** TLS of a server whose data folder is here: its files, and another certificate while it runs. */
export class LocalTls implements ServerTls {
  readonly caFile: string
  readonly #certificates: Certificates
  readonly #postmaster: Postmaster
  readonly #reload: () => Promise<void>
  #certificate = ""

  private constructor(certificates: Certificates, postmaster: Postmaster, reload: () => Promise<void>) {
    this.#certificates = certificates
    this.#postmaster = postmaster
    this.#reload = reload
    this.caFile = join(postmaster.folder, "ca.crt")
    writeFileSync(this.caFile, certificates.ca)
  }

  static async create(postmaster: Postmaster, options: ServerTlsOptions, reload: () => Promise<void>): Promise<LocalTls> {
    const tls = new LocalTls(await Certificates.create(), postmaster, reload)
    await tls.#install(options)
    return tls
  }

  /** Relative to the data folder. */
  get settings(): Record<string, SettingValue> {
    return { ssl: true, ssl_ca_file: "ca.crt", ssl_cert_file: "server.crt", ssl_key_file: "server.key" }
  }

  get ca(): string {
    return this.#certificates.ca
  }

  get otherCa(): string {
    return this.#certificates.otherCa
  }

  get certificate(): string {
    return this.#certificate
  }

  clientCertificate(user: string, options?: ClientCertificateOptions): Promise<CertificateAndKey> {
    return this.#certificates.forClient(user, options)
  }

  revocationList(revoked?: readonly string[]): Promise<string> {
    return this.#certificates.revocationList(revoked)
  }

  async reissue(options: ServerTlsOptions): Promise<void> {
    await this.#install(options)
    await this.#reload()
  }

  async #install(options: ServerTlsOptions): Promise<void> {
    const { cert, key } = await this.#certificates.forServer(options)
    this.#certificate = cert
    this.#postmaster.write("ca.crt", this.#certificates.ca)
    this.#postmaster.write("server.crt", cert)
    this.#postmaster.write("server.key", key)
  }
}
