import type { CompletableCommand, CompletableOption } from "./completable.ts"

/** Without the bash-completion package, and for the bash 3.2 of macOS. */
export function bashCompletion(name: string, commands: readonly CompletableCommand[], options: readonly CompletableOption[]): string {
  const values = commands.flatMap((command) => command.options.flatMap((option) => valueCase(command, option)))
  const names = commands.map((command) => command.name)
  return `# bash completion of ${name}; made by: ${name} completion bash
_${name}() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD-1]} command="" at
  # --option=value are three words to bash.
  if [[ $current == "=" ]]; then
    current=""
  elif [[ $previous == "=" ]]; then
    previous=\${COMP_WORDS[COMP_CWORD-2]}
  fi
  for ((at = 1; at < COMP_CWORD; at++)); do
    case \${COMP_WORDS[at]} in
      ${names.join("|")}) command=\${COMP_WORDS[at]}; break ;;
    esac
  done
  COMPREPLY=()
  case "$command $previous" in
${values.join("\n")}
  esac
  case $command in
    "") COMPREPLY=($(compgen -W "${[...names, ...flagsOf(options)].join(" ")}" -- "$current")) ;;
${commands.map((each) => `    ${each.name}) COMPREPLY=($(compgen -W "${[...each.values, ...flagsOf(each.options)].join(" ")}" -- "$current")) ;;`).join("\n")}
  esac
}
complete -F _${name} ${name}
`
}

function flagsOf(options: readonly CompletableOption[]): string[] {
  return options.map(({ flags }) => flags.at(-1)!)
}

function valueCase({ name }: CompletableCommand, { flags, value }: CompletableOption): string[] {
  if (value === "none") return []
  const pattern = flags.map((flag) => `"${name} ${flag}"`).join("|")
  return [`    ${pattern}) ${action(value)}return ;;`]
}

function action(value: Exclude<CompletableOption["value"], "none">): string {
  if (value === "text") return ""
  if (value === "file" || value === "folder") {
    const generate = value === "file" ? "compgen -f" : "compgen -d"
    return `compopt -o filenames 2>/dev/null; local IFS=$'\\n'; COMPREPLY=($(${generate} -- "$current")); `
  }
  return `COMPREPLY=($(compgen -W "${value.join(" ")}" -- "$current")); `
}
