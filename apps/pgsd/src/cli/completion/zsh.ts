import type { CompletableCommand, CompletableOption } from "./completable.ts"

export function zshCompletion(name: string, commands: readonly CompletableCommand[], options: readonly CompletableOption[]): string {
  return `#compdef ${name}
# zsh completion of ${name}; made by: ${name} completion zsh
_${name}() {
  local curcontext=$curcontext state line
  typeset -A opt_args
  ${call("_arguments -C", [...options.map(optionSpec), "'1: :->command'", "'*:: :->arguments'"], "    ")}
  case $state in
    command)
      local -a commands=(
${commands.map((each) => `        ${quoted(`${each.name}:${each.description}`)}\n`).join("")}      )
      _describe command commands
      ;;
    arguments)
      case $words[1] in
${commands.map((each) => `        ${each.name})\n          ${call("_arguments", [...each.options.map(optionSpec), ...argumentSpecs(each)], "            ")}\n          ;;\n`).join("")}      esac
      ;;
  esac
}
if [[ $funcstack[1] == _${name} ]]; then
  _${name} "$@"
else
  compdef _${name} ${name}
fi
`
}

function optionSpec({ flags, description, value }: CompletableOption): string {
  // With a value: the next word, or -fjson and --format=json.
  const spelled = value === "none" ? flags : flags.map((flag) => (flag.startsWith("--") ? `${flag}=` : `${flag}+`))
  const names = spelled.length === 1 ? spelled[0] : `{${spelled.join(",")}}`
  return `'*'${names}${quoted(`[${description.replaceAll(/[[\]\\]/g, "\\$&")}]${valueSpec(value)}`)}`
}

function valueSpec(value: CompletableOption["value"]): string {
  if (value === "none") return ""
  if (value === "text") return ":value: "
  if (value === "file") return ":file:_files"
  return value === "folder" ? ":folder:_files -/" : `:value:(${value.join(" ")})`
}

function argumentSpecs({ values }: CompletableCommand): string[] {
  return values.length === 0 ? [] : [quoted(`1:value:(${values.join(" ")})`)]
}

function call(name: string, args: readonly string[], indent: string): string {
  return [name, ...args].join(` \\\n${indent}`)
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}
