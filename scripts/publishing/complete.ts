/** Writes into every published package the common fields of its manifest, and URLs for the links of its README. */
import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { complete, manifestText, published, root, withAddresses } from "./published.ts"

for (const each of published()) {
  writeFileSync(join(root, each.folder, "package.json"), manifestText(complete(each)))
  const readme = join(root, each.folder, "README.md")
  writeFileSync(readme, withAddresses(each.folder, readFileSync(readme, "utf8")))
}
