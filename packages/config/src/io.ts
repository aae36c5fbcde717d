import { readFolder, readRegularFile, statPath } from "./files.ts"

/** The package's access to the machine, replaceable by tests (and unusual programs). */
export interface Io {
  /** A regular file, within limits of size and time. @throws an error with `code` */
  readFile(path: string): Promise<Uint8Array>
  /** Follows symbolic links. @throws a Node system error with `code` */
  stat(path: string): Promise<FileFacts>
  /** Names in a folder. @throws a Node system error with `code` */
  readDirectory(path: string): Promise<readonly string[]>
  /** The operating system's user, from the user database rather than from `$USER` or `$HOME`; undefined without an entry there. */
  user(): OsUser | undefined
  readonly platform: NodeJS.Platform
  /** Folders of the system-wide `pg_service.conf` if PGSYSCONFDIR is not set, in order (libpq has one compiled in). */
  readonly serviceDirectories: readonly string[]
  /** Folders of a server's Unix socket if no host is given, in order (libpq has one compiled in). */
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

/** The machine that the program runs on. */
export const systemIo: Io = {
  readFile: readRegularFile,
  stat: statPath,
  readDirectory: readFolder,
  user() {
    try {
      // os.userInfo rather than os.homedir, which reads $HOME: only the environment passed by the caller may matter.
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
