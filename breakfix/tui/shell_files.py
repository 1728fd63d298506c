"""The learner's shell, prepared: which program, which private start-up files.

The person's own start-up file is read first, so that the shell is theirs; then the
round's environment is put back, the prompt names the namespace, `k` is kubectl, completion
loads at the first Tab, and each command goes with its time (`SECONDS COMMAND`) into the
file that BREAKFIX_COMMANDS names: where a cluster has no audit log, the game reads it.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

BASH = r"""# Written by breakfix at each round; changes are lost.
_breakfix_path=$PATH _breakfix_config=$KUBECONFIG
[ -f ~/.bashrc ] && . ~/.bashrc
PATH=$_breakfix_path KUBECONFIG=$_breakfix_config
export PATH KUBECONFIG
unset _breakfix_path _breakfix_config
HISTFILE=$BREAKFIX_HISTORY HISTCONTROL=
_breakfix_note() {
  local number stamp command
  read -r number stamp command <<<"$(HISTTIMEFORMAT='%s ' history 1)"
  if [ -n "$_breakfix_number" ] && [ "$number" != "$_breakfix_number" ]; then
    printf '%s %s\n' "$stamp" "$command" >>"${BREAKFIX_COMMANDS:-/dev/null}"
  fi
  _breakfix_number=${number:-0}
}
PROMPT_COMMAND=_breakfix_note
shopt -s checkwinsize histappend
alias k=kubectl
_breakfix_complete() {
  if ! declare -F _get_comp_words_by_ref >/dev/null; then
    local installed=/usr/share/bash-completion/bash_completion
    [ -f $installed ] && . $installed
  fi
  if declare -F _get_comp_words_by_ref >/dev/null; then
    source <(kubectl completion bash 2>/dev/null) || return 1
    complete -o default -o nospace -F __start_kubectl kubectl k
  else
    complete -o default -o nospace -F _breakfix_words kubectl k
  fi
  return 124
}
_breakfix_words() { # where bash-completion is not installed: what kubectl itself would offer
  local found word directive
  found=$(kubectl __complete "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
  directive=${found##*:} found=${found%:*}
  COMPREPLY=()
  while IFS=$'\t' read -r word _; do
    [[ -n $word && $word == "${COMP_WORDS[COMP_CWORD]}"* ]] && COMPREPLY+=("$word")
  done <<<"$found"
  if [[ ${#COMPREPLY[@]} -eq 1 && $((directive & 2)) -eq 0 && ${COMPREPLY[0]} != *[/=] ]]; then
    COMPREPLY[0]+=" "
  fi
}
complete -F _breakfix_complete kubectl k
PS1='\[\e[2m\]${BREAKFIX_NAMESPACE:-breakfix}\[\e[0m\] $ '
[ -n "$BREAKFIX_PLAIN" ] && PS1='${BREAKFIX_NAMESPACE:-breakfix} $ '
"""
ZSH = r"""# Written by breakfix at each round; changes are lost.
_breakfix_path=$PATH _breakfix_config=$KUBECONFIG
[[ -f ~/.zshrc ]] && ZDOTDIR=$HOME source ~/.zshrc
export PATH=$_breakfix_path KUBECONFIG=$_breakfix_config
unset _breakfix_path _breakfix_config
HISTFILE=$BREAKFIX_HISTORY
zmodload zsh/datetime
autoload -Uz add-zsh-hook
_breakfix_note() {
  print -r -- "$EPOCHSECONDS ${1//$'\n'/ }" >>"${BREAKFIX_COMMANDS:-/dev/null}"
}
add-zsh-hook preexec _breakfix_note
alias k=kubectl
autoload -Uz compinit && compinit -u -d "$ZDOTDIR/.zcompdump"
source <(kubectl completion zsh 2>/dev/null) 2>/dev/null && compdef k=kubectl
PROMPT='%F{8}${BREAKFIX_NAMESPACE:-breakfix}%f %# '
setopt PROMPT_SUBST
"""
FISH = (
    "alias k kubectl; "
    "function _breakfix_note --on-event fish_preexec; "
    'test -n "$BREAKFIX_COMMANDS"; '
    "and echo (date +%s) (string join ' ' -- $argv[1]) >>$BREAKFIX_COMMANDS; end; "
    "function fish_prompt; set_color brblack; echo -n $BREAKFIX_NAMESPACE; "
    "set_color normal; echo -n ' > '; end; "
    "kubectl completion fish 2>/dev/null | source"
)
DEFAULT_SHELL = "/bin/bash"
OUTER = (
    "TMUX", "TMUX_PANE", "STY", "LINES", "COLUMNS", "ROWS", "TERM_PROGRAM",
    "TEXTUAL_DRIVER", "TEXTUAL_FPS", "TEXTUAL_COLOR_SYSTEM",
)  # fmt: skip
"""Variables that tell of another terminal than the learner's: tmux, or a browser."""


def prepare(
    data_dir: Path, env: Mapping[str, str], namespace: str
) -> tuple[list[str], dict[str, str]]:
    """(command, environment) of the learner's shell; writes the start-up files.

    `env` is the whole environment, whose SHELL says which shell. Raises OSError where
    data_dir cannot be written.
    """
    folder = data_dir / "shell"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    shell = env.get("SHELL") or DEFAULT_SHELL
    full = dict(env) | {
        "TERM": "xterm-256color",
        "COLORTERM": "truecolor",
        "BREAKFIX_NAMESPACE": namespace,
        "BREAKFIX_HISTORY": str(folder / "history"),
    }
    for outer in OUTER:
        full.pop(outer, None)
    return _command(shell, folder, full), full


def _command(shell: str, folder: Path, env: dict[str, str]) -> list[str]:
    kind = Path(shell).name
    if kind == "bash":
        rc = folder / "bashrc"
        rc.write_text(BASH)
        return [shell, "--rcfile", str(rc), "-i"]
    if kind == "zsh":
        (folder / ".zshrc").write_text(ZSH)
        env["ZDOTDIR"] = str(folder)
        return [shell, "-i"]
    if kind == "fish":
        return [shell, "--init-command", FISH]
    return [shell]
