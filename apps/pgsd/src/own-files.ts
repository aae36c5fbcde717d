import { readFileSync } from "node:fs"

/** A file of page/ or demo/, which are beside src/ and beside dist/: the program reads the same bytes from either. */
export function ownFile(path: `page/${string}` | `demo/${string}`): string {
  return readFileSync(new URL(`../${path}`, import.meta.url), "utf8")
}
