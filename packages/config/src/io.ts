import { readFolder, readRegularFile, statPath } from "./files.ts"

/** The package's access to the machine, replaceable by tests (and unusual programs). */
export interface Io {
  /** A regular file, within limits of size and time. @throws an error with `code` */
  readFile(path: string): Promise<Uint8Array>
  /** Follows symbolic links. @throws a Node system error with `code` */
  stat(path: string): Promise<FileFacts>
  /** Names in a folder. @throws a Node system error with `code` */
  readDirectory(path: string): Promise<readonly string[]>
  /** The operating system's user, from the user database and never from `$USER` or `$HOME`; undefined without an entry there. */
  user(): OsUser | undefined
  readonly platform: NodeJS.Platform
  /** Where the system-wide `pg_service.conf` may be when PGSYSCONFDIR is not set, in order (libpq has one such folder compiled in). */
  readonly serviceDirectories: readonly string[]
  /** Where a server's Unix socket may be when no host is given, in order (libpq has one such folder compiled in). */
  readonly socketDirectories: readonly string[]
}

export interface FileFacts {
  readonly isFile: boolean
  readonly isDirectory: boolean
  /** Only the permission bits. */
  readonly mode: number
  readonly uid: number
}

export interface OsUser {
  readonly name: string
  readonly home: string | undefined
}

/** The real machine. */
export const systemIo: Io = {
  readFile: readRegularFile,
  stat: statPath,
  readDirectory: readFolder,
  user() {
    try {
      // os.userInfo, not os.homedir: the latter reads $HOME, and only the environment that the caller passes may count.
      const { username, homedir } = process.getBuiltinModule("node:os").userInfo()
      return { name: username, home: homedir === "" ? undefined : homedir }
    } catch {
      return undefined
    }
  },
  platform: process.platform,
  serviceDirectories: ["/etc/postgresql-common", "/usr/local/pgsql/etc", "/etc/sysconfig/pgsql", "/etc"],
  socketDirectories: ["/var/run/postgresql", "/run/postgresql", "/private/tmp", "/tmp"],
}

/** The `code` of a Node system error, else undefined. */
export function errnoOf(error: unknown): string | undefined {
  const code = typeof error === "object" && error !== null ? (error as { code?: unknown }).code : undefined
  return typeof code === "string" ? code : undefined
}
