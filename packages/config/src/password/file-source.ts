import { secret } from "@pgsd/driver"
import { fileProblem } from "../file-problem.ts"
import { errnoOf, type Io } from "../io.ts"
import { findPassword } from "./password-file.ts"
import { failed } from "./provider.ts"
import type { PasswordSourceEntry } from "./sources.ts"

/** libpq's password file, read again for each connection, so that changes take effect. */
export function passwordFileSource(path: string, io: Io): PasswordSourceEntry {
  return {
    name: `file "${path}"`,
    async read({ fileHost, portText, database, user }) {
      const problem = await passwordFileProblem(path, io)
      if (problem !== undefined) return { none: problem.short }
      const content = await io.readFile(path).catch(fileProblem)
      if (typeof content === "string") return { none: `not readable (${content})` }
      const match = findPassword(content, { host: fileHost, port: portText, database, user })
      if (match === undefined) return { none: "no line for this host, port, database and user" }
      return match.password === ""
        ? { none: `line ${match.line} has an empty password` }
        : { password: secret(match.password), detail: `line ${match.line}` }
    },
  }
}

/** Why libpq would not read a password file; `message` is its warning, absent if the file does not exist. */
export async function passwordFileProblem(path: string, io: Io): Promise<{ short: string; message?: string } | undefined> {
  try {
    const facts = await io.stat(path)
    if (!facts.isFile) return { short: "not a plain file", message: `password file "${path}" is not a plain file` }
    if (io.platform !== "win32" && (facts.mode & 0o077) !== 0) {
      const message = `password file "${path}" has group or world access; permissions should be u=rw (0600) or less`
      return { short: "ignored: group or world access", message }
    }
    return undefined
  } catch (error) {
    const code = errnoOf(error)
    return { short: code === "ENOENT" || code === "ENOTDIR" ? "not found" : `not readable (${fileProblem(error)})` }
  }
}

/** A file that contains only the password; trailing line ends are ignored. */
export function secretFileSource(path: string, name: string, io: Io): PasswordSourceEntry {
  return {
    name,
    async read() {
      const bytes = await io.readFile(path).catch((error: unknown) => {
        throw failed(name, errnoOf(error) === "ENOENT" ? "does not exist" : `could not be read (${fileProblem(error)})`)
      })
      const password = decoded(bytes, name).replace(/[\r\n]+$/, "")
      return password === "" ? { none: "empty" } : { password: secret(password) }
    },
  }
}

function decoded(bytes: Uint8Array, name: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    throw failed(name, "could not be read (not UTF-8)")
  }
}
