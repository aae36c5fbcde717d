import { isSocketDirectory } from "@pgsd/driver"
import type { Io } from "../io.ts"

/** Tells the directory of a Unix socket from a host name, by the platform's rule in libpq: on Windows also by a drive letter. */
export function isSocketDirectoryOn(platform: NodeJS.Platform, host: string): boolean {
  return isSocketDirectory(host) || (platform === "win32" && /^([A-Za-z]:)?[\\/]/.test(host))
}

/** The path of the socket of a server that listens on `port`. */
export function socketPath(directory: string, port: number): string {
  return `${directory}/.s.PGSQL.${port}`
}

/** The longest path that fits into sockaddr_un, in bytes. */
export function socketPathLimit(platform: NodeJS.Platform): number {
  return platform === "darwin" || platform === "freebsd" || platform === "openbsd" || platform === "netbsd" ? 103 : 107
}

/** The folder used without a host. */
export interface SocketDirectories {
  /** undefined on Windows, where no host means `localhost`. `problem` is set if no server has its socket there. */
  default(port: number): Promise<{ readonly directory: string; readonly problem?: string } | undefined>
}

/**
 * The default socket folder. libpq has one compiled in, which differs between builds: here it is the first of the usual folders with a
 * server's socket, or else the first that exists, so that the connection error names a path to look at.
 */
export function socketDirectories(chosen: string | undefined, io: Io): SocketDirectories {
  const known = new Map<number, Promise<{ directory: string; problem?: string }>>()
  return {
    async default(port) {
      if (chosen !== undefined) return { directory: chosen }
      if (io.platform === "win32") return undefined
      const probed = known.get(port) ?? probe(port, io)
      known.set(port, probed)
      return probed
    },
  }
}

async function probe(port: number, io: Io): Promise<{ directory: string; problem?: string }> {
  let existing: string | undefined
  for (const directory of io.socketDirectories) {
    if (await exists(socketPath(directory, port), io)) return { directory }
    if (existing === undefined && (await exists(directory, io))) existing = directory
  }
  const places = io.socketDirectories.map((each) => socketPath(each, port)).join(", ")
  const problem = `no host is given and no server has its socket at ${places}; for a server reached by TCP set host`
  return { directory: existing ?? io.socketDirectories.at(-1) ?? "/tmp", problem }
}

async function exists(path: string, io: Io): Promise<boolean> {
  try {
    await io.stat(path)
    return true
  } catch {
    return false
  }
}
