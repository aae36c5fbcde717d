import { choose } from "../binaries/choose.ts"
import { embeddedPackages, installCommand } from "../binaries/embedded.ts"
import { stage } from "../binaries/stage.ts"
import { serverError } from "../errors.ts"
import { DEFAULT_TIMEOUT_MS, DEFAULT_VERSION } from "../options.ts"
import type { PostgresServer, PostgresServerOptions } from "../postgres-server.ts"
import { deadline } from "../wait.ts"
import { LocalServer } from "./local-server.ts"

/** A server from the binaries of an npm package. */
export async function embeddedServer(options: PostgresServerOptions): Promise<PostgresServer> {
  if (process.platform === "win32")
    throw serverError("PGSD_NO_SERVER", "embedded servers need Unix sockets and signals, which Windows lacks")
  const { found, missing } = choose(embeddedPackages(), options.version)
  if (found === undefined)
    throw serverError("PGSD_NO_SERVER", `${missing} among the installed npm packages`, {
      hint: installCommand(options.version ?? DEFAULT_VERSION),
    })
  const binaries = await stage(found, deadline(options.timeoutMs ?? DEFAULT_TIMEOUT_MS, options.signal))
  return LocalServer.create("embedded", binaries, options)
}
