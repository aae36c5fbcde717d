import { readFileSync } from "node:fs"

/** A file of page/, which stands beside src/ and beside dist/: the browser gets the same bytes from either. */
export function pageFile(name: string): string {
  return readFileSync(new URL(`../page/${name}`, import.meta.url), "utf8")
}
