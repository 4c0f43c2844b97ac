# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# Completion for statgate(1) and statgated(8). Commands, flags and their words come from --help, so
# that they are those of the program that is installed.

# _statgate_commands PROGRAM
_statgate_commands() {
  "$1" --help 2>/dev/null | sed -n '/^Commands$/,/^$/s/^  \([a-z]\{1,\}\) .*/\1/p'
}

# _statgate_flags PROGRAM [COMMAND]: each with = behind it if it needs a value.
_statgate_flags() {
  "$@" --help 2>/dev/null | sed -n 's/^  \(-[a-zA-Z], \)\{0,1\}\(--[a-z-]*=\{0,1\}\).*/\2/p'
}

# _statgate_argument FLAG PROGRAM [COMMAND]: what --help says behind the flag's =.
_statgate_argument() {
  local flag=$1
  shift
  "$@" --help 2>/dev/null | sed -n "s/^  $flag\[\{0,1\}=\([^]]*\)]\{0,1\}\$/\1/p"
}

_statgate_reply() {
  mapfile -t COMPREPLY < <(compgen "$@")
}

_statgate_value() {
  local cur=$1 argument
  shift
  argument=$(_statgate_argument "$@")
  case $argument in
  *'|'*) _statgate_reply -W "${argument//|/ }" -- "$cur" ;;
  FILE | PATH)
    compopt -o filenames 2>/dev/null
    _statgate_reply -f -- "$cur"
    ;;
  USER) _statgate_reply -u -- "$cur" ;;
  GROUP) _statgate_reply -g -- "$cur" ;;
  *) COMPREPLY=() ;;
  esac
}

_statgate() {
  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]} flag=''
  local program=("$1")
  COMPREPLY=()
  if [[ ${1##*/} == statgate ]]; then
    if ((COMP_CWORD == 1)) || { ((COMP_CWORD == 2)) && [[ $prev == help ]]; }; then
      _statgate_reply -W "$(_statgate_commands "$1")" -- "$cur"
      return
    fi
    program+=("${COMP_WORDS[1]}")
  fi
  # Readline parts words at =, too.
  if [[ $cur == '=' ]]; then
    flag=$prev cur=''
  elif [[ $prev == '=' ]]; then
    flag=${COMP_WORDS[COMP_CWORD - 2]}
  elif [[ $prev == --* && $(_statgate_flags "${program[@]}") == *"$prev="* ]]; then
    flag=$prev
  fi
  if [[ ${program[1]-} == run && " ${COMP_WORDS[*]:0:COMP_CWORD} " == *' -- '* ]]; then
    if [[ $prev == -- ]]; then
      _statgate_reply -c -- "$cur"
    else
      compopt -o filenames 2>/dev/null
      _statgate_reply -f -- "$cur"
    fi
  elif [[ $flag == --* ]]; then
    _statgate_value "$cur" "$flag" "${program[@]}"
  elif [[ $cur == -* ]]; then
    _statgate_reply -W "$(_statgate_flags "${program[@]}")" -- "$cur"
    [[ ${COMPREPLY[0]-} == *= ]] && compopt -o nospace 2>/dev/null
  elif [[ ${program[1]-} == gen ]] && ((COMP_CWORD == 2)); then
    _statgate_reply -W c -- "$cur"
  elif [[ ${program[1]-} == check || ${program[1]-} == docs || ${program[1]-} == gen ]]; then
    compopt -o filenames 2>/dev/null
    _statgate_reply -f -- "$cur"
  fi
  return 0
}

complete -F _statgate statgate statgated
