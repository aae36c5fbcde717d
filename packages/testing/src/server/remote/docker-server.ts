import { randomBytes } from "node:crypto"
import type { StartedPostgreSqlContainer } from "@testcontainers/postgresql"
import { serverError } from "../errors.ts"
import { SUPERUSER } from "../local/data-folder.ts"
import { hbaFile } from "../local/hba.ts"
import { FOR_TESTS } from "../local/settings.ts"
import { DEFAULT_VERSION } from "../options.ts"
import type { PostgresServer, PostgresServerOptions } from "../postgres-server.ts"
import { disown, own } from "../processes/owned.ts"
import { createRunFolder, removeRunFolder } from "../processes/run-folder.ts"
import { ServedTls } from "../tls/served-tls.ts"
import { createUsers } from "../users.ts"
import { deadline } from "../wait.ts"
import { CONTAINER_FOLDER, startContainer, TAKE_FILES } from "./container.ts"
import { RemoteServer } from "./remote-server.ts"

/** An image may have to be pulled first. */
const DEFAULT_TIMEOUT_MS = 180_000
/** A separate superuser: a container has no private socket, and `postgres` is subject to the caller's pg_hba.conf. */
const ADMINISTRATOR = "pgsd_testing"

/** A server in a container, from the official image (or from PGSD_TEST_IMAGE, which must be compatible). */
export async function dockerServer(options: PostgresServerOptions): Promise<PostgresServer> {
  if (options.standbyOf !== undefined) throw serverError("PGSD_SERVER_UNSUPPORTED", "a container cannot be a standby")
  const timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS
  const folder = createRunFolder()
  const files = { endSync: () => removeRunFolder(folder) }
  own(files)
  let container: StartedPostgreSqlContainer | undefined
  const end = async () => {
    await container?.stop()
    removeRunFolder(folder)
    disown(files)
  }
  try {
    const tls = options.tls ? await ServedTls.create(folder, options.tls === true ? {} : options.tls) : undefined
    const [password, administratorPassword] = [randomPassword(), randomPassword()]
    let log = ""
    const started = await startContainer(
      {
        image: process.env.PGSD_TEST_IMAGE || `postgres:${options.version ?? DEFAULT_VERSION}`,
        ...{ user: SUPERUSER, password, database: "postgres" },
        settings: {
          ...FOR_TESTS,
          hba_file: `${CONTAINER_FOLDER}/pg_hba.conf`,
          ...tls?.settings(`${CONTAINER_FOLDER}/`),
          ...options.settings,
        },
        files: { "pg_hba.conf": hba(options.hba), ...tls?.files },
        initSql: `${createUsers([{ name: ADMINISTRATOR, password: administratorPassword, attributes: "SUPERUSER" }, ...(options.users ?? [])])};\n`,
        onLog: (text) => {
          log += text
        },
      },
      deadline(timeoutMs, options.signal),
    )
    container = started
    const host = started.getHost()
    const server = new RemoteServer({
      kind: "docker",
      host: host === "localhost" ? "127.0.0.1" : host,
      port: started.getPort(),
      ...{ user: SUPERUSER, password, database: "postgres", tls, timeoutMs, end },
      administrator: { user: ADMINISTRATOR, password: administratorPassword },
      logs: () => log,
      setHba: (lines) => bring(started, { "pg_hba.conf": hba(lines) }),
    })
    tls?.installBy(async (changed) => {
      await bring(started, changed)
      await server.reload()
    })
    return await server.identify(options.signal)
  } catch (error) {
    await end()
    throw error
  }
}

async function bring(container: StartedPostgreSqlContainer, files: Readonly<Record<string, string>>): Promise<void> {
  await container.copyContentToContainer(
    Object.entries(files).map(([name, content]) => ({ content, target: `${CONTAINER_FOLDER}/${name}` })),
  )
  const { exitCode, output } = await container.exec(["sh", "-c", TAKE_FILES], { user: "root" })
  if (exitCode !== 0) throw serverError("PGSD_SERVER_STATE", `the container rejected its new files: ${output}`)
}

function hba(lines: readonly string[] | undefined): string {
  return `host all ${ADMINISTRATOR} all scram-sha-256\n${hbaFile(lines)}`
}

function randomPassword(): string {
  return randomBytes(12).toString("base64url")
}
