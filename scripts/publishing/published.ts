import { existsSync, readdirSync, readFileSync } from "node:fs"
import { join, relative } from "node:path"
import { fileURLToPath } from "node:url"

export const root = fileURLToPath(new URL("../..", import.meta.url)).replace(/\/$/, "")

export interface Manifest {
  readonly name: string
  readonly private?: boolean
  readonly version: string
  readonly description: string
  readonly exports?: Readonly<Record<string, unknown>>
  readonly files: readonly string[]
  readonly bin?: Readonly<Record<string, string>>
  readonly scripts?: Readonly<Record<string, string>>
  readonly dependencies?: Readonly<Record<string, string>>
  readonly peerDependencies?: Readonly<Record<string, string>>
  readonly [field: string]: unknown
}

export interface Published {
  /** Below the root: `packages/pool`. */
  readonly folder: string
  readonly manifest: Manifest
}

/** The keywords of each package. A package that is missing here fails the check. */
const KEYWORDS: Readonly<Record<string, readonly string[]>> = {
  "@pgsd/cli": ["schema", "diff", "compare", "cli"],
  "@pgsd/config": ["libpq", "connection-string", "pgpass", "configuration"],
  "@pgsd/connector": ["connection", "preflight", "permissions"],
  "@pgsd/driver": ["driver", "connection", "tls", "scram"],
  "@pgsd/driver-pg": ["driver", "pg", "node-postgres"],
  "@pgsd/driver-pglite": ["driver", "pglite", "wasm"],
  "@pgsd/driver-postgres": ["driver", "postgres.js"],
  "@pgsd/driver-wire": ["driver", "client", "protocol"],
  "@pgsd/kysely": ["kysely", "kysely-dialect", "query-builder", "pool"],
  "@pgsd/manager": ["connection", "pool", "databases"],
  "@pgsd/opentelemetry": ["opentelemetry", "tracing", "metrics", "pool"],
  "@pgsd/pg-compat": ["pg", "node-postgres", "pg-pool", "pool"],
  "@pgsd/pool": ["pool", "connection-pool", "pooling", "transactions"],
  "@pgsd/testing": ["testing", "mock", "fault-injection", "embedded-postgres"],
  "@pgsd/watch": ["monitoring", "pool", "dashboard"],
}

/** Every package and app that is not private. */
export function published(): Published[] {
  const folders = ["packages", "apps"].flatMap((parent) => readdirSync(join(root, parent)).map((name) => `${parent}/${name}`))
  return folders
    .filter((folder) => existsSync(join(root, folder, "package.json")))
    .map((folder) => ({ folder, manifest: JSON.parse(readFileSync(join(root, folder, "package.json"), "utf8")) as Manifest }))
    .filter(({ manifest }) => !manifest.private)
}

/** The repository's URL, which only the root's manifest contains. */
export function home(): string {
  const { repository } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { repository: { url: string } }
  return repository.url.replace(/^git\+/, "").replace(/\.git$/, "")
}

/** The manifest with every common field, in one order. */
export function complete({ folder, manifest }: Published): Manifest {
  const { name, version, description, license: _, ...rest } = manifest
  const keywords = ["postgresql", "postgres", ...(KEYWORDS[name] ?? [])]
  const head = {
    name,
    version,
    description,
    keywords,
    homepage: `${home()}/tree/main/${folder}#readme`,
    bugs: { url: `${home()}/issues` },
    repository: { type: "git", url: `git+${home()}.git`, directory: folder },
    license: "MIT",
    type: "module",
    sideEffects: false,
    engines: { node: ">=20.19" },
  }
  // A program runs when it is loaded. npm packs README and LICENSE automatically, a changelog only if it is named.
  const files = [...new Set([...(manifest.files ?? []), "CHANGELOG.md"])]
  return {
    ...head,
    ...rest,
    ...head,
    files,
    ...(manifest.bin && { sideEffects: true }),
    publishConfig: { access: "public", provenance: true },
  }
}

/** Problems that no tool can fix. */
export function faults({ folder, manifest }: Published): string[] {
  const found: string[] = []
  if (KEYWORDS[manifest.name] === undefined) found.push("has no row in the KEYWORDS of scripts/publishing/published.ts")
  if (!existsSync(join(root, folder, "README.md"))) found.push("has no README.md")
  if (typeof manifest.description !== "string" || manifest.description.length < 20) found.push("has no description")
  if (!manifest.files?.includes("dist")) found.push("files does not name dist")
  if (manifest.bin === undefined) {
    if (manifest.exports?.["./package.json"] === undefined) found.push("exports does not name ./package.json")
    if (manifest.scripts?.["publish:check"] === undefined) found.push("has no script publish:check")
  }
  return found
}

/** A registry shows only the README, so its links are URLs. Code is left unchanged. */
export function withAddresses(folder: string, markdown: string): string {
  const code = /^```[\s\S]*?^```|`[^`\n]*`/gm
  const prose = markdown.split(code)
  const blocks = markdown.match(code) ?? []
  return prose.map((text, index) => linked(folder, text) + (blocks[index] ?? "")).join("")
}

function linked(folder: string, prose: string): string {
  const address = (link: string) => (/^(?:[a-z]+:|#)/.test(link) ? link : addressOf(folder, link))
  return prose
    .replace(/\]\(([^)\s]+)\)/g, (_, link: string) => `](${address(link)})`)
    .replace(/\b(src|srcset)="([^"]+)"/g, (_, name: string, link: string) => `${name}="${address(link)}"`)
}

function addressOf(folder: string, link: string): string {
  const [path = "", fragment] = link.split("#")
  const target = relative(root, join(root, folder, path))
  const kind = /\.(?:png|svg|jpg)$/.test(target) ? "raw" : existsSync(join(root, target)) && !/\.\w+$/.test(target) ? "tree" : "blob"
  return `${home()}/${kind}/main/${target}${fragment === undefined ? "" : `#${fragment}`}`
}

/** The file of this repository behind its URL; undefined for any other URL. */
export function fileBehind(link: string): string | undefined {
  const match = /^\/(?:blob|tree|raw)\/main\/([^#]*)/.exec(link.startsWith(home()) ? link.slice(home().length) : "")
  return match?.[1]
}

/** Formatted as pnpm writes manifests. */
export function manifestText(manifest: Manifest): string {
  return `${JSON.stringify(manifest, null, 2)}\n`
}
