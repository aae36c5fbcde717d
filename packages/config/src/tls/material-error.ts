import type { ConfigErrorCode } from "../errors.ts"
import { fileProblem } from "../file-problem.ts"
import type { Io } from "../io.ts"
import type { ParameterName } from "../parameters/table.ts"

/** TLS cannot be set up. With sslmode allow or prefer, libpq continues without TLS; otherwise this is the error. */
export class MaterialError extends Error {
  readonly code: ConfigErrorCode
  readonly key: ParameterName
  readonly hint: string | undefined

  constructor(key: ParameterName, message: string, hint?: string, code: ConfigErrorCode = "PGSD_CONFIG_FILE") {
    super(message)
    this.key = key
    this.hint = hint
    this.code = code
  }
}

/** @param before the start of the message: "could not read …" */
export async function readMaterial(key: ParameterName, path: string, io: Io, before: string): Promise<Buffer> {
  try {
    return Buffer.from(await io.readFile(path))
  } catch (error) {
    throw new MaterialError(key, `${before}: ${fileProblem(error)}`)
  }
}
