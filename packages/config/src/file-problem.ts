import { LARGEST_FILE_BYTES, TIMEOUT_MS } from "./files.ts"
import { errnoOf } from "./io.ts"

/** A description of the problem, by the `code` of a failed file operation's error. */
export function fileProblem(error: unknown): string {
  const code = errnoOf(error)
  return code === undefined ? "unknown error" : (TEXTS[code] ?? code)
}

const TEXTS: Readonly<Record<string, string>> = {
  ENOENT: "No such file or directory",
  ENOTDIR: "Not a directory",
  EACCES: "Permission denied",
  EISDIR: "Is a directory",
  ELOOP: "Too many levels of symbolic links",
  NOT_REGULAR: "not a regular file",
  TOO_LARGE: `larger than ${LARGEST_FILE_BYTES / 1024 / 1024} MB`,
  ETIMEDOUT: `not read within ${TIMEOUT_MS / 1000} s`,
}
