import { execFileSync } from "node:child_process"
import { chmodSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { createConfigurationManager, readRegularFile, resolveConnection } from "../src/index.ts"
import { systemIo } from "../src/io.ts"

let folder: string
let pipe: string
let huge: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "pgsd-files-"))
  pipe = join(folder, "pipe")
  huge = join(folder, "huge")
  execFileSync("mkfifo", ["-m", "600", pipe])
  writeFileSync(huge, "")
  chmodSync(huge, 0o600)
  truncateSync(huge, 6 * 2 ** 30)
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe.skipIf(process.platform === "win32")(
  "a file that a connection names is regular, below a limit, and read within a deadline (K11)",
  () => {
    const files = () => [
      ["/dev/zero", "NOT_REGULAR", "not a regular file"],
      [pipe, "NOT_REGULAR", "not a regular file"],
      [huge, "TOO_LARGE", "larger than 4 MB"],
    ]
    const resolve = (connection: Record<string, string>, options = {}) =>
      resolveConnection({ connection: { host: "h", user: "u", dbname: "d", ...connection }, env: {}, ...options } as never)

    test("a configuration file, named or found", async () => {
      for (const [path, code] of files())
        for (const extension of ["json", "mjs", "ts"]) {
          const cwd = mkdtempSync(join(folder, "cwd-"))
          const file = join(cwd, `pgsd.config.${extension}`)
          symlinkSync(path!, file)
          for (const options of [{ cwd, file }, { cwd }]) {
            const reading = createConfigurationManager({ ...options, env: {} }).getConfiguration()
            await expect(reading).rejects.toMatchObject({
              code: "PGSD_CONFIG_FILE",
              source: file,
              message: expect.stringContaining(code!),
            })
          }
        }
    })

    test("through every reader", async () => {
      for (const [path, code] of files()) await expect(systemIo.readFile(path!)).rejects.toMatchObject({ code })
      writeFileSync(join(folder, "fine"), "text")
      expect(Buffer.from(await systemIo.readFile(join(folder, "fine"))).toString()).toBe("text")
      // Reports a size of zero.
      if (process.platform === "linux") expect((await systemIo.readFile("/proc/self/status")).length).toBeGreaterThan(100)
      await expect(systemIo.readFile(folder)).rejects.toMatchObject({ code: "EISDIR" })
    })

    test("with the limit and the signal of every reader", async () => {
      const path = join(folder, "ten")
      writeFileSync(path, "0123456789")
      expect(await readRegularFile(path, { largest: 10 })).toHaveLength(10)
      await expect(readRegularFile(path, { largest: 9 })).rejects.toMatchObject({
        code: "TOO_LARGE",
        message: `${path} is larger than 9 bytes`,
      })
      if (process.platform === "linux")
        await expect(readRegularFile("/proc/self/status", { largest: 100 })).rejects.toMatchObject({ code: "TOO_LARGE" })
      const reason = new Error("enough")
      await expect(readRegularFile(path, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
    })

    test("service file, sslrootcert, sslcert, sslkey, sslcrl, password file: an error or a warning that names it, in time, without using memory", async () => {
      const before = process.memoryUsage().rss
      const began = performance.now()
      for (const [path, , problem] of files()) {
        const refused = (connection: Record<string, string>, options = {}) =>
          resolve(connection, options).then(
            (config) => config.warnings.map(({ message }) => message).join(),
            (error: Error) => error.message,
          )
        const settings = { sslmode: "require" }
        expect(await refused({ service: "s", servicefile: path! })).toContain(problem)
        expect(await refused({ ...settings, sslrootcert: path! })).toContain(problem)
        expect(await refused({ ...settings, sslcert: path!, sslkey: path! })).toMatch(problem!)
        const config = await resolve({ passfile: path! })
        await expect(config.password(config.hosts[0]!)).rejects.toThrow(/not a plain file|larger than/)
        const other = await resolve({}, { password: { file: path! } })
        await expect(other.password(other.hosts[0]!)).rejects.toThrow(problem)
        await expect(createConfigurationManager({ file: false, env: { PGSD_SOURCE_URL_FILE: path! } }).getConfiguration()).rejects.toThrow(
          `(${problem})`,
        )
      }
      expect(process.memoryUsage().rss - before).toBeLessThan(200 * 2 ** 20)
      expect(performance.now() - began).toBeLessThan(20_000)
    })
  },
)
