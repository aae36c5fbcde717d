import { readRegularFile } from "@pgsd/config"
import schema from "../../schemas/snapshot-1.schema.json" with { type: "json" }
import { messageOf, ProgramError } from "../errors.ts"
import { covers, restrictedTo, type Scope } from "./scope.ts"
import { digestOf, LARGEST_SNAPSHOT, SNAPSHOT_FORMAT, type Snapshot, withMissingCounted } from "./snapshot.ts"

/** Time for the largest one over a slow network. */
const TIMEOUT_MS = 60_000

const MAKE_IT_AGAIN = "make it again: pgsd snapshot --out <file>"

/**
 * The snapshot in a file, restricted to the requested scope.
 *
 * @throws ProgramError PGSD_SNAPSHOT_UNREADABLE, PGSD_SNAPSHOT_INVALID, PGSD_SNAPSHOT_FORMAT, PGSD_SNAPSHOT_SCOPE
 */
export async function readSnapshot(file: string, asked: Scope, signal?: AbortSignal, largest = LARGEST_SNAPSHOT): Promise<Snapshot> {
  const snapshot = await validated(documentIn(await textOf(file, largest, signal), file), file)
  if (!covers(snapshot.scope, asked))
    throw new ProgramError("PGSD_SNAPSHOT_SCOPE", `snapshot "${file}" holds less than is asked for: ${scopeText(snapshot.scope)}`, {
      hint: "give diff the same --schema and --exclude-schema as the snapshot was made with, or make it without them",
    })
  return { ...snapshot, catalog: withMissingCounted(restrictedTo(snapshot.catalog, asked)) }
}

async function textOf(file: string, largest: number, signal: AbortSignal | undefined): Promise<string> {
  try {
    return new TextDecoder().decode(await readRegularFile(file, { largest, timeoutMs: TIMEOUT_MS, signal }))
  } catch (error) {
    signal?.throwIfAborted()
    throw new ProgramError("PGSD_SNAPSHOT_UNREADABLE", `snapshot "${file}" cannot be read: ${messageOf(error)}`, {
      cause: error,
      hint: "file: is followed by the path of what pgsd snapshot has written",
    })
  }
}

function documentIn(text: string, file: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    // The message quotes from the file, which may be any file.
    throw invalid(file, "it is no complete JSON document", error)
  }
}

async function validated(document: unknown, file: string): Promise<Snapshot> {
  const format = typeof document === "object" && document !== null && "format" in document ? document.format : undefined
  if (typeof format !== "number" || !("catalog" in (document as object))) throw invalid(file, "it is no snapshot of pgsd")
  if (format !== SNAPSHOT_FORMAT)
    throw new ProgramError(
      "PGSD_SNAPSHOT_FORMAT",
      `snapshot "${file}" has format ${format}, and this version of pgsd reads ${SNAPSHOT_FORMAT}`,
      {
        hint: format > SNAPSHOT_FORMAT ? "a newer pgsd wrote it: use that one, or make it again with this one" : MAKE_IT_AGAIN,
      },
    )
  validator ??= compiled()
  const validate = await validator
  if (!validate(document)) {
    const [error] = validate.errors ?? []
    throw invalid(file, `${error?.instancePath || "the document"} ${error?.message}`)
  }
  const { digest, ...snapshot } = document
  if (digestOf(snapshot.catalog) !== digest) throw invalid(file, "it is not as it was written: its digest is another one")
  return snapshot
}

let validator: ReturnType<typeof compiled> | undefined

async function compiled() {
  const { Ajv2020 } = await import("ajv/dist/2020.js")
  return new Ajv2020({ strict: false }).compile<Snapshot & { readonly digest: string }>(schema)
}

function invalid(file: string, fault: string, cause?: unknown): ProgramError {
  return new ProgramError("PGSD_SNAPSHOT_INVALID", `snapshot "${file}": ${fault}`, { cause, hint: MAKE_IT_AGAIN })
}

function scopeText({ schemas, excludedSchemas }: Scope): string {
  const parts = [...(schemas ?? []).map((name) => `--schema ${name}`), ...excludedSchemas.map((name) => `--exclude-schema ${name}`)]
  return `it was made with ${parts.join(" ")}`
}
