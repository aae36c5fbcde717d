import type { Io } from "../io.ts"

export type Environment = Readonly<Record<string, string | undefined>>

/** The home directory by libpq's rule: `HOME` if not empty, else from the user database; on Windows `%APPDATA%\postgresql`. */
export function homeDirectory(env: Environment, io: Io): string | undefined {
  if (io.platform === "win32") return env.APPDATA ? `${env.APPDATA}\\postgresql` : undefined
  return env.HOME || io.user()?.home
}

/** libpq's default folder of certificates and keys. */
export function certificateDirectory(env: Environment, io: Io): string | undefined {
  const home = homeDirectory(env, io)
  return home === undefined || io.platform === "win32" ? home : `${home}/.postgresql`
}
