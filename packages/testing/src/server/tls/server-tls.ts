/** The server's certificate: what it claims to be. */
export interface ServerTlsOptions {
  /** Subject alternative names, DNS names (also wildcards) and IP addresses; none with `[]`. @default localhost, 127.0.0.1, ::1 */
  readonly names?: readonly string[] | undefined
  /** Common name of the subject. @default "localhost" */
  readonly cn?: string | undefined
  /** Signed by an authority unknown to all clients. @default false */
  readonly untrusted?: boolean | undefined
  /** Its time has passed. @default false */
  readonly expired?: boolean | undefined
}

export interface ClientCertificateOptions {
  /** Signed by an authority that the server does not trust. @default false */
  readonly untrusted?: boolean | undefined
  /** @default false */
  readonly expired?: boolean | undefined
}

/** A certificate and its key as PEM. */
export interface CertificateAndKey {
  readonly cert: string
  readonly key: string
}

/** All of it made for this one server and valid for a few days. Texts are PEM. */
export interface ServerTls {
  /** The authority that signed the server's certificate and whose client certificates the server accepts. */
  readonly ca: string
  /** The same in a file, for sslrootcert. */
  readonly caFile: string
  /** An authority that signed nothing here: a wrong root. */
  readonly otherCa: string
  /** The server's certificate now. */
  readonly certificate: string
  /** A client certificate for a user, for `clientcert=verify-full` and the `cert` method of pg_hba.conf. */
  clientCertificate(user: string, options?: ClientCertificateOptions): Promise<CertificateAndKey>
  /** A revocation list of `ca`: of nothing, or of the certificates given. */
  revocationList(revoked?: readonly string[]): Promise<string>
  /** Gives the running server another certificate. */
  reissue(options: ServerTlsOptions): Promise<void>
}
