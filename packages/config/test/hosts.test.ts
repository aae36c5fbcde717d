import { describe, expect, test } from "vitest"
import { type Io, type ResolveOptions, resolveConnection } from "../src/index.ts"
import { numericAddress } from "../src/resolve/addresses.ts"
import { rejectionOf } from "./support/failure.ts"
import { passwordOf } from "./support/password-of.ts"

/** A machine with only these paths. */
function machine(paths: readonly string[], platform: NodeJS.Platform = "linux"): Partial<Io> {
  const absent = () => Object.assign(new Error("absent"), { code: "ENOENT" })
  return {
    platform,
    user: () => ({ name: "someone", home: "/home/someone" }),
    async stat(path) {
      if (!paths.includes(path)) throw absent()
      return { isFile: false, isDirectory: true, mode: 0o755, uid: 0 }
    },
    async readFile() {
      throw absent()
    },
    async readDirectory() {
      throw absent()
    },
  }
}

const hosts = async (connection: string, more: Partial<ResolveOptions> = {}) =>
  (await resolveConnection({ connection, env: {}, io: machine([]), ...more })).hosts
const firstLine = async (connection: string, more: Partial<ResolveOptions> = {}) =>
  (await rejectionOf(hosts(connection, more))).message.split("\n")[0]

describe("lists", () => {
  test("hosts and ports pair up, one port applies to all, an empty element is the default", async () => {
    expect(await hosts("host=a,b port=1,2")).toEqual([
      { kind: "tcp", name: "a", port: 1 },
      { kind: "tcp", name: "b", port: 2 },
    ])
    expect(await hosts("postgres://a,b:6000/d")).toEqual([
      { kind: "tcp", name: "a", port: 5432 },
      { kind: "tcp", name: "b", port: 6000 },
    ])
    expect(await hosts("host=a,b port=7")).toMatchObject([{ port: 7 }, { port: 7 }])
    expect(await hosts("host=a,,/run port=1", { io: machine(["/tmp"]) })).toEqual([
      { kind: "tcp", name: "a", port: 1 },
      { kind: "unix", directory: "/tmp", port: 1, path: "/tmp/.s.PGSQL.1" },
      { kind: "unix", directory: "/run", port: 1, path: "/run/.s.PGSQL.1" },
    ])
  })

  test("hostaddr is dialled, and host stays the name", async () => {
    expect(await hosts("host=a,b hostaddr=10.0.0.1,::1")).toEqual([
      { kind: "tcp", name: "a", address: "10.0.0.1", port: 5432 },
      { kind: "tcp", name: "b", address: "::1", port: 5432 },
    ])
    expect(await hosts("hostaddr=10.0.0.1")).toEqual([{ kind: "tcp", address: "10.0.0.1", port: 5432 }])
    expect(await firstLine("host=a,b hostaddr=10.0.0.1")).toBe("could not match 2 host names to 1 hostaddr values")
    expect(await firstLine("hostaddr=db.example.com")).toBe('could not parse network address "db.example.com"')
  })

  test("a redirecting variable is reported: PGHOSTADDR beside a host of the connection's own", async () => {
    const config = await resolveConnection({ connection: "host=a", env: { PGHOSTADDR: "10.0.0.1" }, io: machine([]) })
    expect(config.hosts).toEqual([{ kind: "tcp", name: "a", address: "10.0.0.1", port: 5432 }])
    expect(config.warnings.map(({ code }) => code)).toContain("REDIRECTED_BY_VARIABLE")
    const own = await resolveConnection({ connection: "", env: { PGHOSTADDR: "10.0.0.1", PGHOST: "a" }, io: machine([]) })
    expect(own.warnings.map(({ code }) => code)).not.toContain("REDIRECTED_BY_VARIABLE")
    const mismatch = await rejectionOf(hosts("host=a,b", { env: { PGHOSTADDR: "10.0.0.1" } }))
    expect(mismatch).toMatchObject({ source: "environment variable PGHOSTADDR", hint: expect.stringContaining("every connection") })
  })

  test("ports are read as libpq reads numbers", async () => {
    expect(await hosts("host=a port=' +05432 '")).toMatchObject([{ port: 5432 }])
    for (const [port, message] of [
      ["0", 'invalid port number: "0"'],
      ["65536", 'invalid port number: "65536"'],
      ["-1", 'invalid port number: "-1"'],
      ["5432x", 'invalid integer value "5432x" for connection option "port"'],
      ["0x10", 'invalid integer value "0x10" for connection option "port"'],
    ]) {
      expect(await firstLine(`host=a port=${port}`)).toBe(message)
      expect((await rejectionOf(hosts(`host=a port=${port}`))).hint).toBe("a port is a number from 1 to 65535")
    }
  })
})

describe("Unix sockets", () => {
  test("without a host: the first usual folder with the server's socket, else the first that exists, with a warning that lists all", async () => {
    const found = machine(["/var/run/postgresql", "/tmp", "/tmp/.s.PGSQL.6000"])
    expect(await hosts("port=6000", { io: found })).toMatchObject([{ directory: "/tmp" }])
    const config = await resolveConnection({ connection: "port=5432", env: {}, io: found })
    expect(config.hosts).toMatchObject([{ directory: "/var/run/postgresql" }])
    expect(config.warnings).toEqual([
      {
        code: "SOCKET_NOT_FOUND",
        message:
          "no host is given and no server has its socket at /var/run/postgresql/.s.PGSQL.5432, /run/postgresql/.s.PGSQL.5432, /private/tmp/.s.PGSQL.5432, /tmp/.s.PGSQL.5432; for a server reached by TCP set host",
      },
    ])
    expect(await hosts("", { io: machine([]), defaultSocketDirectory: "/own" })).toMatchObject([{ path: "/own/.s.PGSQL.5432" }])
    expect(await hosts("", { io: machine([], "win32") })).toEqual([{ kind: "tcp", name: "localhost", port: 5432 }])
  })

  test("a later request for the password of such a host neither probes the result nor fails", async () => {
    const config = await resolveConnection({ connection: "host=/elsewhere", env: {}, io: machine([]) })
    expect(await passwordOf(config, config.hosts[0]!)).toBeUndefined()
    expect(config.warnings).toEqual([])
  })

  test("folders, the abstract namespace, Windows paths, and the length of an address", async () => {
    expect(await hosts("host=@name")).toEqual([{ kind: "unix", directory: "@name", port: 5432, path: "@name/.s.PGSQL.5432" }])
    expect(await hosts("postgres://%2Fvar%2Flib:1/d")).toMatchObject([{ kind: "unix", directory: "/var/lib", port: 1 }])
    expect(await hosts("postgres:///d?host=/var/lib")).toMatchObject([{ kind: "unix", directory: "/var/lib" }])
    expect(await hosts("host='C:\\\\pg'", { io: machine([], "win32") })).toMatchObject([{ kind: "unix", directory: "C:\\pg" }])
    const long = `/${"x".repeat(92)}`
    expect(await hosts(`host=${long}`)).toMatchObject([{ kind: "unix" }])
    expect(await firstLine(`host=${long}x`)).toBe("Unix-domain socket path is too long (maximum 107 bytes)")
    expect(await firstLine(`host=/${"x".repeat(90)}`, { io: machine([], "darwin") })).toContain("(maximum 103 bytes)")
  })
})

test("names that cannot be resolved are fragments of something else", async () => {
  for (const [connection, culprit, hint] of [
    ["host=a@b", "@", 'the host part contains "@"; if it belongs to the password write %40'],
    ["host= user=jack", "=", "an empty value must be written as '' before the next keyword"],
    ["host='a b'", " ", undefined],
  ] as const) {
    const error = await rejectionOf(hosts(connection))
    expect(error.message.split("\n")[0]).toBe(`could not translate host name to address: it contains "${culprit}"`)
    expect(error.hint).toBe(hint)
  }
})

test("a swallowed parameter is a warning, and an error if it was a password", async () => {
  const config = await resolveConnection({ connection: "dbname= application_name=x host=127.0.0.1", env: {}, io: machine([]) })
  expect(config.database).toBe("application_name=x")
  expect(config.warnings.map(({ code }) => code)).toContain("SWALLOWED_PARAMETER")
  expect(await firstLine("dbname= password=S3CRET host=127.0.0.1")).toBe('the value of "dbname" is another parameter')
})

test.each(["host=fe80::1%eth0 user=u dbname=d", "postgresql://u@[fe80::1%25eth0]/d"])(
  "an address with a zone is a host: %s",
  async (connection) => {
    const { hosts } = await resolveConnection({ connection, env: {} })
    expect(hosts).toEqual([{ kind: "tcp", name: "fe80::1%eth0", port: 5432 }])
  },
)

test("numeric addresses in every spelling that the C library accepts", () => {
  for (const [text, address] of [
    ["127.0.0.1", "127.0.0.1"],
    ["127.1", "127.0.0.1"],
    ["2130706433", "127.0.0.1"],
    ["0x7f000001", "127.0.0.1"],
    ["0177.0.0.01", "127.0.0.1"],
    ["::1", "::1"],
    ["fe80::1%eth0", "fe80::1%eth0"],
    ["256.0.0.1", undefined],
    ["1.2.3.4.5", undefined],
    ["127.0.0.09", undefined],
    ["localhost", undefined],
    ["", undefined],
  ])
    expect(numericAddress(text!), text).toBe(address)
})
