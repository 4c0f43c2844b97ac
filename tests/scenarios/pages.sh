# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154
# Runs the commands of documentation as printed and in that order, each page in one shell, in a temporary copy
# of this machine: writes to /usr/local, /etc and the source tree go to an overlay, and ports are those of a
# network of its own. Sourced after lib.sh.
#
#   source "$scenarios/pages.sh"
#   own_machine "$@"             # from here on as root of the copy
#   run_page README.md
#
# data/pages says how to run a command, in this order: page (or *), the command as a glob, how, and why:
#   fails    exits with a failure, which is its answer
#   soon     is tried until it succeeds, for 60 s: what it asks is still starting
#   shows    likewise, and until it prints something
#   up       runs in the background; the next command starts when the address that follows answers
#   stays    likewise, for a command printed without an ampersand: it runs until Ctrl-C
#   alone    what stays and what runs in the background ends first
#   long     stays, and ends at once; only in the long form, for the reason that follows
#   having   runs where the tool that follows is installed
#   never    is not run, for the reason that follows
# A block of JSON becomes a file with the name in `json N NAME`; one of C or YAML names itself in its first line.

# own_machine "$@": this scenario again, in the copy. 77 where none can be made.
own_machine() {
  [[ -z ${scenario_machine:-} ]] || return 0
  # shellcheck disable=SC2154
  rm -rf "$work"
  local -a within=(unshare --mount --net --pid --fork --kill-child)
  ((EUID == 0)) || within+=(--map-root-user)
  "${within[@]}" true 2>/dev/null || {
    echo "no namespaces of its own can be had here" >&2
    exit 77
  }
  scenario_machine=own STATGATE_TEST_LONG=$long exec "${within[@]}" bash "$scenarios/machine" "$root" "$build" "$scenarios/$scenario.sh"
}

# ---- blocks and commands ----

# blocks PAGE FOLDER: the fenced blocks with a language, as files NN.LANGUAGE.
blocks() {
  mkdir -p "$2"
  awk -v folder="$2" '
    /^```[a-z]+$/ && file == "" { file = sprintf("%s/%02d.%s", folder, ++n, substr($0, 4)); printf "" >file; next }
    /^```/ { file = ""; next }
    file != "" { print >file }' "$1"
}

# commands FILE: the whole commands of a script, each ended by a zero byte.
commands() {
  local line command=''
  while IFS= read -r line || [[ -n $line ]]; do
    command+=${command:+$'\n'}$line
    if [[ $line == *[\\\|] ]] || ! bash -n <<<"$command" 2>/dev/null; then
      continue
    fi
    [[ -z ${command//[[:space:]]/} ]] || printf '%s\0' "$command"
    command=''
  done <"$1"
}

# way PAGE COMMAND: sets how and detail, by the first row that matches.
way() {
  local page pattern
  how=run detail=''
  while IFS=$'\t' read -r page pattern how detail; do
    # shellcheck disable=SC2053
    [[ $1 == $page && $2 == $pattern ]] && return
  done < <(grep -v '^#' "$scenarios/data/pages" | tr -s '\t')
  how=run detail=''
}

# ---- one page ----

# write_session PAGE: the page as one script, on standard output.
write_session() {
  local block command how detail json=0
  blocks "$root/$1" "$work/blocks"
  for block in "$work/blocks"/*; do
    case $block in
    *.sh)
      while IFS= read -r -d '' command; do
        way "$1" "$command"
        [[ $how != long || -z $long ]] || how=passing
        printf 'say_command %q %q\n' "$how" "$command"
        case $how in
        run) printf '%s\n' "$command" ;;
        fails) printf 'if %s\nthen false; fi\n' "$command" ;;
        soon | shows) printf '%s %q\n' "$how" "$command" ;;
        up) printf '%s\nanswers %q\n' "$command" "$detail" ;;
        stays) printf 'stays %q %q\n' "$command" "$detail" ;;
        alone) printf 'end_all\n%s\n' "$command" ;;
        having) printf 'if command -v %q >/dev/null; then\n%s\nelse\necho "> never: there is no %s here"\nfi\n' "$detail" "$command" "$detail" ;;
        passing) printf 'stays %q %q\nend_all\n' "$command" http://127.0.0.1:9465/readyz ;;
        long | never) ;;
        *) fail "data/pages: there is no way '$how'" ;;
        esac
      done < <(commands "$block")
      ;;
    *.json)
      json=$((json + 1))
      way "$1" "json $json"
      [[ $how == run ]] || printf 'cp %q %q\n' "$block" "$how"
      ;;
    *)
      way "$1" "${block##*.} $(head -n 1 "$block")"
      [[ $how == run ]] || printf 'cp %q %q\n' "$block" "$how"
      ;;
    esac
  done
}

# run_page PAGE [COMMAND]: all that it prints, in a shell that `command` prepares.
run_page() {
  rm -rf "$work/blocks"
  {
    cat "$scenarios/session"
    printf '%s\n' "${2:-}"
    write_session "$1"
    echo end_all
  } >"$work/session.sh"
  # Programs that packages put there, the copy's home, and nothing of this shell.
  (cd "$root" && env -i HOME=/root USER=root LOGNAME=root LC_ALL=C no_proxy=127.0.0.1,localhost \
    PATH="$PATH" ${long:+STATGATE_TEST_LONG=1} bash "$work/session.sh") >"$work/page.log" 2>&1 </dev/null ||
    fail "$1: $(grep '^> ' "$work/page.log" | tail -n 1) does not work as printed"
  say "$1: $(grep -cE '^> (run|fails|soon|shows|up|stays|alone|passing|having):' "$work/page.log") commands run, $(grep -cE '^> (long|never):' "$work/page.log") not"
}
