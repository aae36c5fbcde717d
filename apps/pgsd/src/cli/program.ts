import { Command } from "commander"
import { diff } from "../commands/diff.ts"
import { explain } from "../commands/explain.ts"
import { verify } from "../commands/verify.ts"
import { withDatabases, withJson, withSchemas } from "./options.ts"
import type { Terminal } from "./terminal.ts"
import { ENVIRONMENT_HELP, EXIT_CODES_HELP, withoutPasswords } from "./usage.ts"

/** The command line. `finish` receives the exit code of the command that ran. */
export function createProgram(terminal: Terminal, finish: (exitCode: number) => void): Command {
  const program = new Command("pgsd")
    .description("Compares the schemas of two PostgreSQL databases, with the weakest role that may connect.")
    .addHelpText("after", `${ENVIRONMENT_HELP}\n${EXIT_CODES_HELP}`)
    .exitOverride()
    .configureOutput({ writeOut: terminal.out.write, writeErr: (text) => terminal.err.write(withoutPasswords(text)) })
    .showHelpAfterError("(pgsd --help says more)")

  withJson(withSchemas(withDatabases(program.command("verify"))))
    .description(
      "are both databases reachable and fit for a comparison? TLS, version, latency, permissions, and what to do about each finding",
    )
    .option("--require-select", "USAGE and SELECT on everything, not CONNECT alone")
    .option("--require-least-privilege", "rights that a reader does not need fail instead of warning")
    .option("--require-verified-tls", "an encrypted connection to a verified server, or fail")
    .option("--allow-unsupported", "go on with a server that is not supported")
    .action(async (options) => finish(await verify(options, terminal)))

  withJson(withSchemas(withDatabases(program.command("diff"))))
    .description(
      "what differs: schemas, tables, columns, constraints, indexes, views, sequences, enums, domains, composite types, extensions",
    )
    .option("--allow-unsupported", "go on with a server that is not supported")
    .action(async (options) => finish(await diff(options, terminal)))

  withJson(withDatabases(program.command("explain")))
    .description("why does it connect there? every setting with where it comes from; connects to nothing")
    .option("--all", "defaults too")
    .action(async (options) => finish(await explain(options, terminal)))

  program
    .command("demo")
    .description("two real PostgreSQL servers of different versions, a small shop on each, and what pgsd says about them")
    .action(async () => {
      // The test kit is loaded for this command alone.
      const { demo } = await import("../commands/demo.ts")
      finish(await demo(terminal))
    })

  return program
}
