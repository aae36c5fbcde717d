import { execFile } from "node:child_process"
import { join } from "node:path"
import { promisify } from "node:util"
import { concurrently } from "../packages/testing/src/concurrently.ts"
import { published, root } from "./publishing/published.ts"

const run = promisify(execFile)

export const manifests = new Map(
  published().map(({ folder, manifest }) => [manifest.name, { folder: join(root, folder), manifest }] as const),
)

/** A tarball per package, by name, in `into`, as it would be uploaded. Needs `pnpm build` first. */
export async function packAll(into: string, names: Iterable<string> = manifests.keys()): Promise<ReadonlyMap<string, string>> {
  const packed = await concurrently(2, [...names], async (name) => {
    const target = join(into, `${name.replace("@", "").replace("/", "-")}.tgz`)
    await run("pnpm", ["pack", "--out", target], { cwd: manifests.get(name)!.folder })
    return [name, target] as const
  })
  return new Map(packed)
}

/** The packages and their dependencies in the workspace, each once. */
export function closure(names: Iterable<string>): ReadonlySet<string> {
  const found = new Set<string>()
  const add = (name: string) => {
    if (found.has(name)) return
    found.add(name)
    for (const dependency of Object.keys(manifests.get(name)!.manifest.dependencies ?? {})) if (manifests.has(dependency)) add(dependency)
  }
  for (const name of names) add(name)
  return found
}

/** Installs it like a project outside the workspace. */
export async function npmInstall(project: string, packages: readonly string[] = []): Promise<void> {
  await run("npm", ["install", "--no-audit", "--no-fund", "--prefer-offline", "--loglevel=error", ...packages], { cwd: project })
}
