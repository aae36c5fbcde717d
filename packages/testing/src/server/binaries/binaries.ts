/** PostgreSQL's programs of one version, in a folder that the server's account can read. */
export interface Binaries {
  readonly major: number
  /** Identifies the build, and names the template data folder. */
  readonly key: string
  /** Contains `initdb` and `postgres`. */
  readonly bin: string
  /** The folder of the shared libraries, if the programs do not find them. */
  readonly lib?: string | undefined
}
