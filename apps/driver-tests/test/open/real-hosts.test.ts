import { createServer, type Server } from "node:net"
import { inspect } from "node:util"
import { DatabaseConnectionError, type Host, type TargetSessionAttrs } from "@pgsd/driver"
import { ConnectAttemptsError, createConnectionFactory } from "@pgsd/driver/open"
import { type FaultProxy, faultProxy } from "@pgsd/testing/proxy"
import { type PostgresServer, postgresServer } from "@pgsd/testing/server"
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest"
import { configOf } from "../support/scripted-network.ts"
import { SOCKETS, socketDriver } from "../support/subjects.ts"

const HBA = [
  "local all all trust",
  "host all nobody 127.0.0.1/32 reject",
  "host all,replication postgres 127.0.0.1/32 trust",
  "host all all 127.0.0.1/32 scram-sha-256",
]

let primary: PostgresServer
let standby: PostgresServer
let front: FaultProxy
let back: FaultProxy

beforeAll(async () => {
  primary = await postgresServer({ hba: HBA, users: [{ name: "reader", password: "s3cret-word" }] })
  standby = await postgresServer({ standbyOf: primary, hba: HBA })
  front = await faultProxy({ host: primary.host, port: primary.port })
  back = await faultProxy({ host: primary.host, port: primary.port })
})
afterAll(async () => {
  await front?.close()
  await back?.close()
  await standby?.close()
  await primary?.close()
})
afterEach(() => Promise.all([front.pass(), back.pass()]))

const at = ({ host, port }: { host: string; port: number }): Host => ({ kind: "tcp", name: host, port })

describe.each(SOCKETS)("hosts, with real servers, over %s", (name) => {
  const driver = socketDriver(name)
  const open = async (hosts: readonly Host[], overrides: Parameters<typeof configOf>[1] = {}) => {
    const connection = configOf(hosts, { user: primary.user, database: "postgres", connectTimeoutMs: 5_000, ...overrides })
    return createConnectionFactory({ driver, connection }).open()
  }
  const failed = async (opening: Promise<unknown>): Promise<DatabaseConnectionError> => {
    const error = await opening.then(
      () => undefined,
      (each: unknown) => each,
    )
    expect(error).toBeInstanceOf(DatabaseConnectionError)
    return error as DatabaseConnectionError
  }

  test("all hosts down: one error within the deadlines that names each", async () => {
    await front.refuse()
    back.blackholeNew()
    const started = performance.now()
    const error = await failed(open([at(front), at(back)], { connectTimeoutMs: 300 }))
    expect(performance.now() - started).toBeLessThan(5_000)
    expect(error).toBeInstanceOf(ConnectAttemptsError)
    expect((error as ConnectAttemptsError).attempts.map((each) => each.error.code)).toEqual([
      "PGSD_CONNECTION_REFUSED",
      "PGSD_CONNECT_TIMEOUT",
    ])
    expect(error.message).toContain(String(front.port))
    expect(error.message).toContain(String(back.port))
    expect(error.retryable).toBe(true)
  })

  test("a black hole costs connect_timeout, and the second host answers", async () => {
    front.blackholeNew()
    const started = performance.now()
    const connection = await open([at(front), at(back)], { connectTimeoutMs: 300 })
    const took = performance.now() - started
    expect(took).toBeGreaterThan(290)
    expect(took).toBeLessThan(5_000)
    expect(connection.info.port).toBe(back.port)
    await connection.close()
  })

  test.each<[what: string, fault: (proxy: FaultProxy) => unknown]>([
    ["refuses", (proxy) => proxy.refuse()],
    ["closes at once", (proxy) => proxy.acceptThenClose()],
    ["resets at once", (proxy) => proxy.acceptThenReset()],
  ])("a first host that %s is skipped at once", async (_, fault) => {
    await fault(front)
    const started = performance.now()
    const connection = await open([at(front), at(back)])
    expect(performance.now() - started).toBeLessThan(5_000)
    expect(connection.info.port).toBe(back.port)
    await connection.close()
  })

  const PAIR: Readonly<Record<TargetSessionAttrs, "primary" | "standby">> = {
    any: "primary",
    "read-write": "primary",
    "read-only": "standby",
    primary: "primary",
    standby: "standby",
    "prefer-standby": "standby",
  }
  test.each(Object.entries(PAIR) as [TargetSessionAttrs, string][])(
    "target_session_attrs=%s finds the %s of a real pair",
    async (mode, role) => {
      for (const hosts of [
        [at(primary), at(standby)],
        [at(standby), at(primary)],
      ]) {
        const connection = await open(hosts, { targetSessionAttrs: mode })
        const port = mode === "any" ? (hosts[0] as { port: number }).port : role === "primary" ? primary.port : standby.port
        expect(connection.info.port).toBe(port)
        await connection.close()
      }
    },
  )

  test.each<[mode: TargetSessionAttrs, only: "primary" | "standby", message: string]>([
    ["read-write", "standby", "session is read-only"],
    ["read-only", "primary", "session is not read-only"],
    ["primary", "standby", "server is in hot standby mode"],
    ["standby", "primary", "server is not in hot standby mode"],
  ])("target_session_attrs=%s with only a %s fails with libpq's message", async (mode, only, message) => {
    const server = only === "primary" ? primary : standby
    const error = await failed(open([at(server)], { targetSessionAttrs: mode }))
    expect(error).toMatchObject({ code: "PGSD_SESSION_ATTRS", phase: "session", message: expect.stringContaining(message) })
    expect(error.message).toContain(String(server.port))
  })

  describe("possible failures", () => {
    let deaf: Server
    let web: Server
    const listening = (server: Server) =>
      new Promise<Host>((resolve) =>
        server.listen(0, "127.0.0.1", () => resolve({ kind: "tcp", name: "127.0.0.1", port: (server.address() as { port: number }).port })),
      )
    let deafHost: Host
    let webHost: Host
    beforeAll(async () => {
      deaf = createServer((socket) => void socket.on("error", () => {}))
      web = createServer((socket) => {
        socket.on("error", () => {})
        socket.once("data", () => socket.end("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n"))
      })
      deafHost = await listening(deaf)
      webHost = await listening(web)
    })
    afterAll(() => {
      deaf.close()
      web.close()
    })

    const wrongPassword = async () => (await import("@pgsd/driver")).secret("wr0ng-word")
    const cases: readonly (readonly [what: string, attempt: () => Promise<unknown>, code: string, message: RegExp, hint: RegExp])[] = [
      [
        "a host that is not there",
        () => open([{ kind: "tcp", name: "no-such-host.invalid", port: 5432 }]),
        "PGSD_DNS_FAILED",
        /no-such-host\.invalid/,
        /host name/,
      ],
      [
        "a port without a listener",
        async () => {
          await front.refuse()
          return open([at(front)])
        },
        "PGSD_CONNECTION_REFUSED",
        /127\.0\.0\.1/,
        /running/,
      ],
      ["a server that never says a word", () => open([deafHost], { connectTimeoutMs: 250 }), "PGSD_CONNECT_TIMEOUT", /250 ms/, /./],
      ["a web server", () => open([webHost]), "PGSD_NOT_POSTGRES", /127\.0\.0\.1/, /./],
      [
        "a wrong password",
        () => open([at(primary)], { user: "reader", password: wrongPassword }),
        "PGSD_AUTH_FAILED",
        /password authentication failed/,
        /password/,
      ],
      ["no password at all", () => open([at(primary)], { user: "reader" }), "PGSD_AUTH_FAILED", /password/, /password/],
      [
        "a role that is not there",
        () => open([at(primary)], { user: "stranger", password: wrongPassword }),
        "PGSD_AUTH_FAILED",
        /stranger/,
        /pg_hba/,
      ],
      ["a role that pg_hba.conf rejects", () => open([at(primary)], { user: "nobody" }), "PGSD_AUTH_FAILED", /nobody/, /pg_hba/],
      [
        "a database that is not there",
        () => open([at(primary)], { database: "nowhere" }),
        "PGSD_DATABASE_NOT_FOUND",
        /nowhere/,
        /database/,
      ],
      [
        "a server without TLS where TLS is required",
        () => open([at(primary)], { tls: { mode: "require", methods: ["tls"] } }),
        "PGSD_TLS_UNSUPPORTED",
        /TLS|SSL/i,
        /./,
      ],
      [
        "a Unix socket that is not there",
        () => open([{ kind: "unix", directory: "/nowhere", port: 5432, path: "/nowhere/.s.PGSQL.5432" }]),
        "PGSD_SOCKET_NOT_FOUND",
        /\/nowhere\/\.s\.PGSQL\.5432/,
        /unix_socket_directories/,
      ],
    ]
    test.each(cases)("%s: one clear error, in time, without a password", async (_, attempt, code, message, hint) => {
      const started = performance.now()
      const error = await failed(attempt())
      expect(performance.now() - started).toBeLessThan(10_000)
      expect(error).toMatchObject({ code, message: expect.stringMatching(message) })
      expect(`${error.hint} ${error.message}`).toMatch(hint)
      expect(inspect(error, { depth: 9, showHidden: true })).not.toMatch(/wr0ng-word|s3cret-word/)
    })
  })
})

describe.each(SOCKETS)("a server that is starting up, over %s", (name) => {
  test("is retryable, and another host is tried at once", async () => {
    const driver = socketDriver(name)
    // Listens from the beginning, and answers 57P03 until it is released.
    const slow = await startingUp()
    try {
      const connection = (hosts: Host[]) => configOf(hosts, { user: primary.user, database: "postgres" })
      await expect(createConnectionFactory({ driver, connection: connection([slow.host]) }).open()).rejects.toMatchObject({
        code: "PGSD_SERVER_NOT_READY",
        sqlState: "57P03",
        retryable: true,
      })
      const opened = await createConnectionFactory({ driver, connection: connection([slow.host, at(primary)]) }).open()
      expect(opened.info.port).toBe(primary.port)
      await opened.close()
    } finally {
      slow.close()
    }
  })
})

async function startingUp(): Promise<{ host: Host; close(): void }> {
  const fields = ["SFATAL", "VFATAL", "C57P03", "Mthe database system is starting up"].map((each) => `${each}\0`).join("")
  const body = Buffer.from(`${fields}\0`)
  const header = Buffer.alloc(5)
  header.write("E")
  header.writeInt32BE(body.length + 4, 1)
  const server = createServer((socket) => {
    socket.on("error", () => {})
    socket.once("data", () => socket.end(Buffer.concat([header, body])))
  })
  const port = await new Promise<number>((resolve) =>
    server.listen(0, "127.0.0.1", () => resolve((server.address() as { port: number }).port)),
  )
  return { host: { kind: "tcp", name: "127.0.0.1", port }, close: () => server.close() }
}
