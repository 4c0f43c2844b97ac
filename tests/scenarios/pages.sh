# shellcheck shell=bash disable=SC2154
# Runs the commands of documentation as they are printed and in that order, each page in one shell, in a
# copy of this machine that goes again: writes to /usr/local, /etc and the source tree land in an overlay,
# ports are those of a network of its own. Sourced behind lib.sh.
#
#   source "$scenarios/pages.sh"
#   own_machine "$@"             # from here on as root of the copy
#   run_page README.md
#
# What else there is to know of a command stands in data/pages, in this order: page (or *), the command
# as a glob, how, and why:
#   fails    ends with an exit code that is its answer
#   soon     is tried until it succeeds, for 60 s: what it asks is still coming up
#   shows    likewise, and until it prints something
#   up       goes on in the background; the next command comes when the address that follows answers
#   stays    likewise, with what is printed without an ampersand: it runs until Ctrl-C
#   alone    what stays and what runs in the background ends first
#   long     stays, and ends at once; only in the long form, for the reason that follows
#   never    not here, for the reason that follows
# A block of JSON is a file there, named as `json N NAME` says; one of C or YAML names itself in its first
# line.

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

# blocks PAGE FOLDER: the fenced blocks that bear a language, as files NN.LANGUAGE.
blocks() {
  mkdir -p "$2"
  awk -v folder="$2" '
    /^```[a-z]+$/ && file == "" { file = sprintf("%s/%02d.%s", folder, ++n, substr($0, 4)); printf "" >file; next }
    /^```/ { file = ""; next }
    file != "" { print >file }' "$1"
}

# links_hold PAGE: what its links name exists, headings as well. Adds their number to `links`.
links=0
links_hold() {
  local link target file
  while IFS= read -r link; do
    target=${link%%#*}
    file=$root/$1
    [[ -z $target ]] || file=$(dirname "$root/$1")/$target
    [[ -e $file ]] || fail "$1: there is no $target"
    [[ $link != *'#'* ]] || anchors "$file" | grep -qxF -- "${link#*#}" || fail "$1: there is no heading for $link"
    links=$((links + 1))
  done < <(sed '/^ *```/,/^ *```$/d' "$root/$1" | grep -oE '\]\([^ ):]+\)' | sed 's/^](//; s/)$//')
}
# files_exist PAGE: so do the files and folders of the source tree that it names in backquotes; a file without
# a folder is in the one that its line names before.
files_exist() {
  local name folder='' files=0
  while IFS= read -r name; do
    case $name in
    '') folder='' && continue ;;
    *' '*) continue ;;
    aggregator/* | client/* | packaging/* | proto/* | tests/*) ;;
    *.c | *.h) name=${folder:-.}/$name ;;
    *) continue ;;
    esac
    [[ -e $root/$name ]] || fail "$1: there is no $name"
    [[ ! -d $root/$name ]] || folder=$name
    files=$((files + 1))
  done < <(awk -F '`' '{ print ""; for (i = 2; i <= NF; i += 2) print $i }' "$root/$1")
  say "$1: $files files named"
}
# anchors PAGE: the headings as a link names them.
anchors() {
  sed '/^ *```/,/^ *```$/d' "$1" | sed -n 's/^##* //p' | tr '[:upper:]' '[:lower:]' | sed 's/[^a-z0-9 _-]//g; s/ /-/g'
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

# way PAGE COMMAND: sets how and detail, by the first row that fits.
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
  say "$1: $(grep -cE '^> (run|fails|soon|shows|up|stays|alone|passing):' "$work/page.log") commands run, $(grep -cE '^> (long|never):' "$work/page.log") not"
}
