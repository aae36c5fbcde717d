import { timerDelay } from "@pgsd/driver"
import type { StartedPostgreSqlContainer } from "@testcontainers/postgresql"
import { serverError } from "../errors.ts"
import type { Deadline } from "../wait.ts"

interface ContainerOptions {
  readonly image: string
  readonly user: string
  readonly password: string
  readonly database: string
  /** Command-line settings of the server. */
  readonly settings: Readonly<Record<string, string | number | boolean>>
  /** Name in {@link CONTAINER_FOLDER} → text. */
  readonly files: Readonly<Record<string, string>>
  /** Run once, as the superuser. */
  readonly initSql: string
  readonly onLog: (text: string) => void
}

/** The folder of this package's files in the container. */
export const CONTAINER_FOLDER = "/etc/pgsd"

/** The server refuses a key that others can read, and copied files belong to root: ownership is changed at each start and change. */
export const TAKE_FILES = `chown -R postgres ${CONTAINER_FOLDER} && chmod -R go= ${CONTAINER_FOLDER}`

/**
 * Starts the image through testcontainers, whose reaper removes it if this process dies.
 *
 * @throws PgsdError PGSD_NO_SERVER if testcontainers is not installed or no Docker engine responds
 */
export async function startContainer(options: ContainerOptions, end: Deadline): Promise<StartedPostgreSqlContainer> {
  const { PostgreSqlContainer } = await loadTestcontainers()
  const settings = Object.entries(options.settings).flatMap(([name, value]) => ["-c", `${name}=${value}`])
  const files = Object.entries(options.files).map(([name, content]) => ({ content, target: `${CONTAINER_FOLDER}/${name}`, mode: 0o644 }))
  try {
    const container = await new PostgreSqlContainer(options.image)
      .withUsername(options.user)
      .withPassword(options.password)
      .withDatabase(options.database)
      .withCopyContentToContainer([
        ...files,
        { content: options.initSql, target: "/docker-entrypoint-initdb.d/pgsd.sql", mode: 0o644 },
        // In a file, because the entry point's arguments are the server's.
        {
          content: `#!/bin/sh\n${TAKE_FILES} && exec docker-entrypoint.sh "$@"\n`,
          target: "/usr/local/bin/pgsd-entrypoint.sh",
          mode: 0o755,
        },
      ])
      .withEntrypoint(["/usr/local/bin/pgsd-entrypoint.sh"])
      .withCommand(["postgres", ...settings])
      .withLogConsumer((stream) => stream.on("data", (chunk: Buffer | string) => options.onLog(String(chunk))))
      .withStartupTimeout(timerDelay(Math.max(1, Math.ceil(end.at - performance.now()))))
      .start()
    if (end.signal?.aborted) await container.stop()
    end.signal?.throwIfAborted()
    return container
  } catch (error) {
    end.signal?.throwIfAborted()
    // testcontainers reports it only in the message.
    if (error instanceof Error && error.message.includes("working container runtime"))
      throw serverError("PGSD_NO_SERVER", "no Docker engine responds", { cause: error, hint: "start one, or set DOCKER_HOST" })
    const why = error instanceof Error ? error.message : String(error)
    throw serverError("PGSD_SERVER_START", `the container ${options.image} did not start: ${why}`, { cause: error })
  }
}

async function loadTestcontainers(): Promise<typeof import("@testcontainers/postgresql")> {
  try {
    return await import("@testcontainers/postgresql")
  } catch (error) {
    throw serverError("PGSD_NO_SERVER", "@testcontainers/postgresql is not installed", {
      cause: error,
      hint: "npm install --save-dev @testcontainers/postgresql",
    })
  }
}
