import { createSecureContext } from "node:tls"
import type { Io } from "../io.ts"
import { MaterialError } from "./material-error.ts"
import { CRL_LABELS, pemBlocks } from "./pem.ts"

interface RevocationRequest {
  readonly file: string | undefined
  readonly directory: string | undefined
  readonly defaultFile: string | undefined
  readonly io: Io
}

interface Revocation {
  readonly crl: readonly string[]
  readonly from: string
}

/**
 * The certificate revocation lists, by libpq's rule: a missing or unreadable file counts as none and disables the folder as well; a folder
 * requires a list of every issuer, even an empty one.
 */
export async function readRevocation(request: RevocationRequest): Promise<{ found?: Revocation; problem?: string }> {
  const { file, directory, defaultFile, io } = request
  const path = file ?? (directory === undefined ? defaultFile : undefined)
  const fromFile = path === undefined ? [] : await readLists(path, io)
  if (path !== undefined && fromFile.length === 0)
    return file === undefined
      ? {}
      : { problem: `the certificate revocation list "${file}" is missing or unreadable and is ignored, as libpq ignores it` }
  if (directory === undefined) return fromFile.length === 0 ? {} : { found: { crl: fromFile, from: path! } }
  const crl = [...fromFile, ...(await readDirectory(directory, io))]
  if (crl.length === 0)
    throw new MaterialError(
      "sslcrldir",
      "certificate verify failed: unable to get certificate CRL",
      `"${directory}" has no list; its files are named like 1a2b3c4d.r0`,
    )
  return { found: { crl, from: path === undefined ? directory : `${path}, ${directory}` } }
}

async function readDirectory(directory: string, io: Io): Promise<string[]> {
  const names = await io.readDirectory(directory).catch(() => [])
  const lists = await Promise.all(
    names.filter((name) => /^[0-9a-f]{8}\.r\d+$/.test(name)).map((name) => readLists(`${directory}/${name}`, io)),
  )
  return lists.flat()
}

async function readLists(path: string, io: Io): Promise<string[]> {
  try {
    const lists = pemBlocks(Buffer.from(await io.readFile(path)).toString("latin1"), CRL_LABELS)
    createSecureContext({ crl: lists })
    return lists
  } catch {
    return []
  }
}
