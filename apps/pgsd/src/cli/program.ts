import { Argument, Command } from "commander"
import manifest from "../../package.json" with { type: "json" }
import type { Shell } from "./completion/completion.ts"
import { examplesHelp } from "./examples.ts"
import { EXIT } from "./exit-codes.ts"
import { withDatabases, withExcludedSchemas, withFormat, withOut, withPoolPlan, withSchemas, withSelection, withWatch } from "./options.ts"
import type { Terminal } from "./terminal.ts"
import { ENVIRONMENT_HELP, EXIT_CODES_HELP, errorOf } from "./usage.ts"

const SHELLS = ["bash", "zsh", "fish"] as const satisfies readonly Shell[]

/** The command line; each command is loaded when it is named. `finish` receives the exit code of the one that ran. */
export function createProgram(terminal: Terminal, finish: (exitCode: number) => void): Command {
  const program = new Command("pgsd")
    .description("Compares the schemas of two PostgreSQL databases, with the weakest role that may connect.")
    .version(manifest.version, "--version", "display the version")
    .addHelpText("after", `${ENVIRONMENT_HELP}\n${EXIT_CODES_HELP}\n${examplesHelp("pgsd")}`)
    .exitOverride()
    .configureOutput({
      writeOut: terminal.out.write,
      writeErr: terminal.err.write,
      outputError: (text, write) => write(errorOf(text)),
    })
    .showHelpAfterError("(pgsd --help says more)")

  withFormat(withSchemas(withDatabases(program.command("verify"))), "text", "json")
    .description(
      "are both databases reachable and fit for a comparison? TLS, version, latency, permissions, and what to do about each finding",
    )
    .option("--require-select", "USAGE and SELECT on everything, not CONNECT alone")
    .option("--require-least-privilege", "rights that a reader does not need fail instead of warning")
    .option("--require-verified-tls", "an encrypted connection to a verified server, or fail")
    .option("--allow-unsupported", "go on with a server that is not supported")
    .action(async (options) => finish(await (await import("../commands/verify.ts")).verify(options, terminal)))

  withFormat(withSelection(withSchemas(withDatabases(program.command("diff")))), "text", "json", "html", "sql")
    .description("what differs between the two schemas, object by object, and what was not compared; a side can be file:…, a snapshot")
    .option("--allow-drops", "with --format sql: what takes something away as statements, not as comments")
    .option("--allow-unsupported", "go on with a server that is not supported")
    .action(async (options) => finish(await (await import("../commands/diff.ts")).diff(options, terminal)))

  withOut(withExcludedSchemas(withSchemas(withDatabases(program.command("snapshot")))))
    .description("writes the schema of one database to a file that diff takes as --source file:… or --target file:…")
    .addArgument(new Argument("[side]", "which of the two").choices(["source", "target"]).default("source"))
    .option("--allow-unsupported", "go on with a server that is not supported")
    .action(async (side, options) => finish(await (await import("../commands/snapshot.ts")).snapshot(side, options, terminal)))

  withFormat(withPoolPlan(withDatabases(program.command("doctor"))), "text", "json")
    .description(
      "does each server suit the pools that are to use it? limits, other clients, pooler, TLS, timeouts, forgotten transactions, and the fix for each finding",
    )
    .addArgument(new Argument("[connection]", "URL or host=… string: this server alone"))
    .option("--require-verified-tls", "an encrypted connection to a verified server, or fail")
    .option("--allow-unsupported", "go on with a server that is not supported")
    .action(async (connection, options) => finish(await (await import("../commands/doctor.ts")).doctor(connection, options, terminal)))

  withFormat(withDatabases(program.command("explain")), "text", "json")
    .description("why does it connect there? every setting with where it comes from; connects to nothing")
    .option("--all", "defaults too")
    .action(async (options) => finish(await (await import("../commands/explain.ts")).explain(options, terminal)))

  withWatch(withDatabases(program.command("watch")))
    .description("a live page about a pool of each database: connections, waiting callers, latencies, failures, health")
    .action(async (options) => finish(await (await import("../commands/watch.ts")).watch(options, terminal)))

  program
    .command("demo")
    .description("two real PostgreSQL servers of different versions, a shop on each, and what pgsd says about them")
    .option("-o, --out <folder>", "where the page is written (default: a new folder for temporary files)")
    .action(async (options) => finish(await (await import("../commands/demo.ts")).demo(options, terminal)))

  program
    .command("completion")
    .description("a script that completes commands and options in a shell")
    .addArgument(new Argument("<shell>", "for which shell").choices(SHELLS))
    .action(async (shell) => {
      terminal.out.write((await import("./completion/completion.ts")).completionScript(shell, program))
      finish(EXIT.same)
    })

  for (const command of program.commands) command.addHelpText("after", examplesHelp(command.name()))
  return program
}
