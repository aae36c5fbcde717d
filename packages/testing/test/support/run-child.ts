import { type ChildProcess, execFileSync, spawn } from "node:child_process"
import { chmodSync, constants, copyFileSync, mkdtempSync, readFileSync, realpathSync, rmSync } from "node:fs"
import { createRequire } from "node:module"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { build } from "tsup"
import { expect } from "vitest"

interface ServerFacts {
  readonly me: string
  readonly socketDirectory: string
  readonly port: number
  readonly uid: number
}

/** A folder with access for everyone, and a function that removes it. */
export function openFolder(): { path: string; [Symbol.dispose](): void } {
  const path = mkdtempSync(join(tmpdir(), "pgsd-t-"))
  execFileSync("chmod", ["755", path])
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) }
}

/** The child program as one file, so that it runs where the repository cannot be read. */
export async function bundleChild(folder: string): Promise<string> {
  await build({
    config: false,
    entry: { "server-child": fileURLToPath(new URL("./server-child.ts", import.meta.url)) },
    outDir: folder,
    format: "esm",
    target: "node20",
    silent: true,
    clean: false,
    splitting: false,
    outExtension: () => ({ js: ".mjs" }),
    external: ["@testcontainers/postgresql", "@peculiar/x509"],
    noExternal: [/^@pgsd\//],
    esbuildOptions: (options) => {
      options.conditions = ["@pgsd/source"]
    },
  })
  return join(folder, "server-child.mjs")
}

/** Gives `folder` a node_modules with the embedded package `name`, by links. */
export function lendPackage(name: string, folder: string, as = name): void {
  const require = createRequire(import.meta.url)
  const source = realpathSync(dirname(dirname(require.resolve(name))))
  execFileSync("mkdir", ["-p", dirname(join(folder, "node_modules", as))])
  execFileSync("cp", ["-Rl", source, join(folder, "node_modules", as)])
}

/** This Node in a folder with access for everyone: an installation below a home folder is private. */
export function lendNode(folder: string): string {
  const node = join(folder, "node")
  copyFileSync(process.execPath, node, constants.COPYFILE_FICLONE)
  chmodSync(node, 0o755)
  return node
}

interface Child {
  readonly process: ChildProcess
  /** Resolves with its first line. */
  readonly facts: Promise<ServerFacts>
  readonly output: () => string
  /** `"0"`, `"SIGINT"`, … */
  readonly end: Promise<string>
}

export function runChild(
  file: string,
  ending: string,
  options: { cwd?: string; uid?: number; tmp?: string; data?: string; node?: string } = {},
): Child {
  const child = spawn(options.node ?? process.execPath, [file, ending], {
    cwd: options.cwd ?? process.cwd(),
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      PATH: "/usr/bin:/bin",
      ...(options.tmp === undefined ? {} : { TMPDIR: options.tmp }),
      ...(options.data === undefined ? {} : { PGSD_TEST_DATA: options.data }),
    },
    ...(options.uid === undefined ? {} : { uid: options.uid, gid: options.uid }),
  })
  let output = ""
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (text: string) => {
      output += text
    })
  const end = new Promise<string>((resolve) => child.once("close", (code, signal) => resolve(signal ?? String(code))))
  const facts = new Promise<ServerFacts>((resolve, reject) => {
    child.stdout.on("data", () => {
      if (output.includes("\n")) resolve(JSON.parse(output.slice(0, output.indexOf("\n"))) as ServerFacts)
    })
    void end.then((how) => reject(new Error(`the child ended (${how}): ${output}`)))
  })
  facts.catch(() => undefined)
  return { process: child, facts, output: () => output, end }
}

/** The process id of the server that runs in the folder above that socket directory. */
export function serverPid(socketDirectory: string): number {
  return (JSON.parse(readFileSync(join(dirname(socketDirectory), "daemon.json"), "utf8")) as { pid: number }).pid
}

export function isAlive(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8")
    return stat.slice(stat.lastIndexOf(")") + 2, stat.lastIndexOf(")") + 3) !== "Z"
  } catch {
    return false
  }
}

export async function gone(pid: number): Promise<void> {
  await expect.poll(() => isAlive(pid), { timeout: 10_000 }).toBe(false)
}
