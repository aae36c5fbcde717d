import { existsSync } from "node:fs"
import { setImmediate } from "node:timers/promises"
import { faultProxy } from "@pgsd/testing/proxy"
import { afterAll, beforeAll, expect, test } from "vitest"
import { DATABASE, type DemoServers, READER } from "../src/demo/servers.ts"
import { runCommand, startCommand } from "./support/command.ts"
import { startShopServers } from "./support/shop-servers.ts"
import { until } from "./support/until.ts"

let servers: DemoServers
beforeAll(async () => {
  servers = await startShopServers()
})
afterAll(() => servers[Symbol.asyncDispose]())

const environment = () => ({ PGSD_SOURCE_URL: servers.urls.source, PGSD_TARGET_URL: servers.urls.target, PGPASSWORD: servers.password })

test.runIf(existsSync("/dev/full"))("a full disk at standard output is exit code 2 and one line", async () => {
  const { exitCode, stderr } = await runCommand(["diff"], { env: environment(), stdoutFile: "/dev/full" })
  expect(stderr).toMatch(/^pgsd: the result could not be written to standard output: .*ENOSPC.*\n$/)
  expect(exitCode).toBe(2)
})

test("a reader that closes the pipe early is not a failure", async () => {
  const { child, finished } = startCommand(["diff"], { env: environment() })
  child.stdout!.destroy()
  expect(await finished).toMatchObject({ exitCode: 1, stderr: "" })
})

// Every statement of a reading in turn: from there on the peer is unresponsive.
test("Ctrl-C ends it at once with an unresponsive peer, at any statement", async () => {
  const { source } = servers
  for (const roundTrips of [1, 8, 16]) {
    await using proxy = await faultProxy({ host: "127.0.0.1", port: source.port })
    proxy.latency(50)
    const url = `postgresql://${READER}@127.0.0.1:${proxy.port}/${DATABASE}?sslmode=disable`
    const { child, finished } = startCommand(["diff"], { env: { ...environment(), PGSD_SOURCE_URL: url } })
    await until(async () => {
      await setImmediate() // The proxy lives in this process.
      return proxy.roundTrips >= roundTrips
    })
    proxy.blackholeOpen()
    proxy.blackholeNew()
    const begun = performance.now()
    child.kill("SIGINT")
    const { exitCode } = await finished
    expect(exitCode).toBe(130)
    expect(performance.now() - begun).toBeLessThan(3_000)
  }
}, 60_000)
