# $1: the completion script; the others: what was typed. Prints what a press of TAB makes of each.
zmodload zsh/zpty
zpty shell zsh -f -i
zpty -w shell 'PS1=; autoload -Uz compinit; compinit -D -u'
zpty -w shell "source ${(q)1}"
zpty -w shell 'complete-and-show() { zle complete-word; print -r -- "=>$BUFFER<="; BUFFER= }; zle -N complete-and-show; bindkey "^I" complete-and-show'
# Typed once the line editor reads: its start may discard what came before.
zpty -w shell 'zle-line-init() { print -r -- "line editor"" reads" }; zle -N zle-line-init'
zpty -r shell output '*line editor reads*'
for line in "${@:2}"; do
  zpty -w -n shell "$line"$'\t'
  zpty -r shell output '*=>pgsd*<=*'
  print -r -- "${${output##*=>}%%<=*}"
done
zpty -d shell
