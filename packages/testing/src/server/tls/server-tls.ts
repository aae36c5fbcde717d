/** The names and validity of the server's certificate. */
export interface ServerTlsOptions {
  /** Subject alternative names, DNS names (also wildcards) and IP addresses; none with `[]`. @default localhost, 127.0.0.1, ::1 */
  readonly names?: readonly string[] | undefined
  /** Common name of the subject. @default "localhost" */
  readonly cn?: string | undefined
  /** Signed by an authority unknown to all clients. @default false */
  readonly untrusted?: boolean | undefined
  /** Expired. @default false */
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

/** Created for this server, valid for a few days. Strings are PEM. */
export interface ServerTls {
  /** The authority that signed the server's certificate, and whose client certificates the server accepts. */
  readonly ca: string
  /** The path of a file with `ca`, for sslrootcert. */
  readonly caFile: string
  /** An authority that signed nothing here, for tests of a wrong root. */
  readonly otherCa: string
  /** The server's current certificate. */
  readonly certificate: string
  /** A client certificate for a user, for `clientcert=verify-full` and the `cert` method of pg_hba.conf. */
  clientCertificate(user: string, options?: ClientCertificateOptions): Promise<CertificateAndKey>
  /** A revocation list of `ca`, with no certificates or the given ones. */
  revocationList(revoked?: readonly string[]): Promise<string>
  /** Gives the running server another certificate. */
  reissue(options: ServerTlsOptions): Promise<void>
}
