import { Authority } from "./authority.ts"
import type { CertificateAndKey, ClientCertificateOptions, ServerTlsOptions } from "./server-tls.ts"

/** Both authorities of one server, and the certificates that they sign. */
export class Certificates {
  readonly #trusted: Authority
  readonly #other: Authority

  private constructor(trusted: Authority, other: Authority) {
    this.#trusted = trusted
    this.#other = other
  }

  static async create(): Promise<Certificates> {
    const [trusted, other] = await Promise.all([Authority.create("PGSD test authority"), Authority.create("PGSD other authority")])
    return new Certificates(trusted!, other!)
  }

  get ca(): string {
    return this.#trusted.pem
  }

  get otherCa(): string {
    return this.#other.pem
  }

  forServer({
    names = ["localhost", "127.0.0.1", "::1"],
    cn = "localhost",
    untrusted,
    expired,
  }: ServerTlsOptions): Promise<CertificateAndKey> {
    return this.#signer(untrusted).issue({ cn, names, usage: "server", expired })
  }

  forClient(user: string, { untrusted, expired }: ClientCertificateOptions = {}): Promise<CertificateAndKey> {
    return this.#signer(untrusted).issue({ cn: user, names: [], usage: "client", expired })
  }

  revocationList(revoked: readonly string[] = []): Promise<string> {
    return this.#trusted.revocationList(revoked)
  }

  #signer(untrusted = false): Authority {
    return untrusted ? this.#other : this.#trusted
  }
}
