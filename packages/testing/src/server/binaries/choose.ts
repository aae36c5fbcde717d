import { DEFAULT_VERSION } from "../options.ts"

/** The requested version; without one the default, or else the newest available. */
export function choose<T extends { readonly major: number }>(available: readonly T[], version?: number): { found?: T; missing?: string } {
  if (available.length === 0) return { missing: "no PostgreSQL" }
  const found =
    available.find((each) => each.major === (version ?? DEFAULT_VERSION)) ?? (version === undefined ? available.at(-1) : undefined)
  return found === undefined
    ? { missing: `no PostgreSQL ${version}, only ${available.map((each) => each.major).join(" and ")}` }
    : { found }
}
