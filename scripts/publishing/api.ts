/**
 * Compares the public types of every library with api/<name>.api.md, so that changes appear in reviews. Needs `pnpm build`.
 * --write updates the files.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import ts from "typescript"
import { type Published, published, root } from "./published.ts"

const printer = ts.createPrinter({ removeComments: true })

/** The declarations of an entry and of its chunks, without comments, sorted by name. */
function declarationsOf(entry: string, found = new Map<string, Set<string>>(), seen = new Set<string>()): Map<string, Set<string>> {
  if (seen.has(entry)) return found
  seen.add(entry)
  const source = ts.createSourceFile(entry, readFileSync(entry, "utf8"), ts.ScriptTarget.ES2022, true)
  for (const statement of source.statements) {
    if (ts.isImportDeclaration(statement) || ts.isExportDeclaration(statement)) {
      const from = statement.moduleSpecifier
      if (from !== undefined && ts.isStringLiteral(from) && from.text.startsWith("."))
        declarationsOf(join(dirname(entry), from.text.replace(/\.js$/, ".d.ts")), found, seen)
      continue
    }
    const text = printer.printNode(ts.EmitHint.Unspecified, statement, source)
    const name = nameOf(statement, source)
    found.set(name, (found.get(name) ?? new Set()).add(text))
  }
  return found
}

function nameOf(statement: ts.Statement, source: ts.SourceFile): string {
  if (ts.isVariableStatement(statement)) return statement.declarationList.declarations.map(({ name }) => name.getText(source)).join()
  const { name } = statement as { readonly name?: ts.Node }
  return name?.getText(source) ?? ""
}

/** The names that an entry exports, as it spells them. */
function exportsOf(entry: string): string[] {
  const source = ts.createSourceFile(entry, readFileSync(entry, "utf8"), ts.ScriptTarget.ES2022, true)
  return source.statements
    .filter(ts.isExportDeclaration)
    .flatMap(({ exportClause, moduleSpecifier }) =>
      exportClause === undefined
        ? [`* from ${moduleSpecifier?.getText(source)}`]
        : ts.isNamespaceExport(exportClause)
          ? [`* as ${exportClause.name.text}`]
          : exportClause.elements.map(({ name, isTypeOnly }) => `${isTypeOnly ? "type " : ""}${name.text}`),
    )
    .sort(byName)
}

const byName = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0)

function reportOf({ folder, manifest }: Published): string {
  const entries = Object.entries(manifest.exports ?? {}).flatMap(([path, target]) => {
    const types = (target as { readonly types?: string }).types
    return types === undefined ? [] : [{ specifier: manifest.name + path.slice(1), file: join(root, folder, types) }]
  })
  const declarations = new Map<string, Set<string>>()
  const seen = new Set<string>()
  for (const { file } of entries) declarationsOf(file, declarations, seen)
  const lists = entries.map(({ specifier, file }) => `## ${specifier}\n\n\`\`\`text\n${exportsOf(file).join("\n")}\n\`\`\`\n`)
  const texts = [...declarations].sort(([a], [b]) => byName(a, b)).flatMap(([, each]) => [...each].sort(byName))
  const heading = `# ${manifest.name}\n\nWritten by \`pnpm api --write\`. What each entry exports, then every declaration behind it.\n`
  return `${heading}\n${lists.join("\n")}\n## Declarations\n\n\`\`\`ts\n${texts.join("\n\n")}\n\`\`\`\n`
}

const write = process.argv.includes("--write")
mkdirSync(join(root, "api"), { recursive: true })
for (const each of published().filter(({ manifest }) => manifest.bin === undefined)) {
  const file = join(root, "api", `${each.manifest.name.slice("@pgsd/".length)}.api.md`)
  const report = reportOf(each)
  if (write) writeFileSync(file, report)
  else if (!existsSync(file) || readFileSync(file, "utf8") !== report) {
    process.stdout.write(
      `${each.manifest.name}: its types differ from ${file.slice(root.length + 1)}; if that is meant, run pnpm api --write\n`,
    )
    process.exitCode = 1
  }
}
