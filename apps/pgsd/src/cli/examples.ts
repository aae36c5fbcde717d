/** A command line and what it is for. */
type Example = readonly [line: string, purpose: string]

/** By command; `pgsd` is the program's own help. */
export const EXAMPLES: Readonly<Record<string, readonly Example[]>> = {
  pgsd: [
    ["pgsd demo", "see it work, on two servers of its own"],
    ["pgsd diff -s postgresql://reader@one.example.com/app -t postgresql://reader@two.example.com/app", "compare two databases"],
    ["pgsd diff --help", "options and examples of a command"],
  ],
  verify: [
    ["pgsd verify", "the databases of the environment or of pgsd.config.*"],
    ["pgsd verify -t postgresql://reader@two.example.com/app --require-verified-tls", "one server, whose certificate must be verified"],
    ["pgsd verify --schema shop --require-select --format json", "may this role read all of a schema? for a script"],
  ],
  diff: [
    ["pgsd diff", "the databases of the environment or of pgsd.config.*"],
    ["pgsd diff -s service=staging -t service=production", "databases of pg_service.conf"],
    ["pgsd diff --only table,view --exclude-schema audit", "some kinds, without a schema"],
    ["pgsd diff --map-schema tenant_a=tenant_b --schema tenant_a", "two schemas that differ in name"],
    ["pgsd diff --no-owner --no-privileges --strict", "for CI: exit code 1 for any difference, and for anything not compared"],
    ["pgsd diff --format html --out diff.html", "a page to open in a browser"],
    ["pgsd diff --driver pglite -s ./data -t memory:", "an embedded database against an empty one"],
  ],
  snapshot: [
    ["pgsd snapshot --out released.json", "the source, in a file"],
    ["pgsd snapshot target -t postgresql://reader@two.example.com/app --schema shop", "one schema of the target, on standard output"],
    ["pgsd diff -s file:released.json -t postgresql://reader@two.example.com/app", "compare it later, with one server"],
  ],
  doctor: [
    ["pgsd doctor postgresql://app@db.example.com/shop --pool-max 10 --processes 40", "do 40 processes with a pool of 10 each fit?"],
    ["pgsd doctor -p production", "the databases and pools of pgsd.config.*, as in production"],
    ["pgsd doctor --format json --require-verified-tls", "for a script: exit code 1 when a check fails"],
  ],
  explain: [
    ["pgsd explain", "where every setting comes from"],
    ["pgsd explain -s postgresql://reader@one.example.com/app --all", "of one connection, defaults too"],
  ],
  watch: [
    ["pgsd watch", "a page about a pool of each configured database"],
    ["pgsd watch -s postgresql://reader@one.example.com/app --load 20", "with 20 callers that read: then stop the server and look"],
  ],
  demo: [
    ["pgsd demo", "two servers, a comparison, and the page in a temporary folder"],
    ["pgsd demo --out ./report", "with the page in a folder of your choice"],
  ],
  completion: [
    ["pgsd completion bash >> ~/.bashrc", "bash"],
    ["pgsd completion zsh > ~/.zfunc/_pgsd", "zsh, where ~/.zfunc is in $fpath"],
    ["pgsd completion fish > ~/.config/fish/completions/pgsd.fish", "fish"],
  ],
}

/** For the end of a command's help. */
export function examplesHelp(name: string): string {
  const lines = (EXAMPLES[name] ?? []).map(([line, purpose]) => `  ${line}\n      ${purpose}\n`)
  return `\nExamples:\n${lines.join("")}`
}
