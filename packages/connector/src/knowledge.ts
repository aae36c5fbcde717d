import { checkOptions } from "@pgsd/driver"
import { labelled } from "@pgsd/driver/calls"
import { ASK_OPTIONS, type Askable, type AskOptions } from "./askable.ts"
import type { CheckPermissionsOptions, PermissionReport, SchemaAccess } from "./permissions/permission-report.ts"
import { askFlavour, askVersion } from "./version/ask.ts"
import type { ServerFlavour, ServerVersion } from "./version/server-version.ts"

// Shared by connectors and their transactions. The inspection of permissions is loaded on demand.

export function getVersion(askable: Askable, options: AskOptions = {}): Promise<ServerVersion> {
  return named(askable, options, () => {
    checkOptions("option of getVersion", options, ASK_OPTIONS)
    // The answer may need no statement.
    options.signal?.throwIfAborted()
    return askVersion(askable, options)
  })
}

export function getFlavour(askable: Askable, options: AskOptions = {}): Promise<ServerFlavour> {
  return named(askable, options, () => {
    checkOptions("option of getFlavour", options, ASK_OPTIONS)
    options.signal?.throwIfAborted()
    return askFlavour(askable, options)
  })
}

export function checkPermissions(askable: Askable, options: CheckPermissionsOptions = {}): Promise<PermissionReport> {
  return named(askable, options, async () => (await import("./permissions/check-permissions.ts")).checkPermissions(askable, options))
}

export function verifySchemaAccess(askable: Askable, schema: string, options: AskOptions = {}): Promise<SchemaAccess> {
  return named(askable, options, async () =>
    (await import("./permissions/check-permissions.ts")).verifySchemaAccess(askable, schema, options),
  )
}

async function named<T>(askable: Askable, options: AskOptions, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw labelled(askable.info.label, error, options?.signal)
  }
}
