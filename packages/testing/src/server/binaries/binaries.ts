/** PostgreSQL's programs of one version, in a folder that the server's account can read. */
export interface Binaries {
  readonly major: number
  /** What tells two builds apart: names the template data folder. */
  readonly key: string
  /** Holds `initdb` and `postgres`. */
  readonly bin: string
  /** Where its shared libraries are, when the programs do not find them by themselves. */
  readonly lib?: string | undefined
}
