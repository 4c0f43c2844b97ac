#!/usr/bin/env bash
# The commands of CONTRIBUTING, as printed, where building and testing is played: it takes minutes, and packaging/test
# does it anyway. What is checked is what they name: presets, labels that tests bear, options, numbers of scenarios.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
source "$scenarios/pages.sh"
need_tools cmake ctest
page=packaging/CONTRIBUTING.md
tree=$work/tree
mkdir -p "$tree/tests/scenarios" "$work/bin" "$work/suite"
# The tests of the build, looked at from another folder: ctest keeps a log in its own, where one may be running.
echo "subdirs(\"$build\")" >"$work/suite/CTestTestfile.cmake"
cp "$root/CMakePresets.json" "$tree"
export root suite="$work/suite" said="$work/said"
: >"$said"

# cmake --preset NAME, cmake --build --preset NAME: there is such a preset.
cat >"$work/bin/cmake" <<'CMAKE'
#!/usr/bin/env bash
set -euo pipefail
kind=configure
[[ $1 != --build ]] || { kind=build; shift; }
[[ $# == 2 && $1 == --preset ]] || { echo "not known here: cmake $*" >&2; exit 1; }
PATH=${PATH#*:} cmake --list-presets="$kind" | grep -q "\"$2\"" || { echo "no $kind preset $2" >&2; exit 1; }
echo "cmake $kind" >>"$said"
CMAKE
# ctest --preset NAME ARGUMENT...: there is such a preset, and some tests are selected.
cat >"$work/bin/ctest" <<'CTEST'
#!/usr/bin/env bash
set -euo pipefail
[[ $1 == --preset ]] || { echo "not known here: ctest $*" >&2; exit 1; }
PATH=${PATH#*:} cmake --list-presets=test | grep -q "\"$2\"" || { echo "no test preset $2" >&2; exit 1; }
shift 2
count=$(PATH=${PATH#*:} ctest --test-dir "$suite" --show-only "$@" | sed -n 's/^Total Tests: //p')
((count > 0)) || { echo "no test: ctest $*" >&2; exit 1; }
echo "ctest $count" >>"$said"
CTEST
# tests/scenarios/run build/PRESET NUMBER...: there is one scenario of each number.
cat >"$tree/tests/scenarios/run" <<'RUN'
#!/usr/bin/env bash
set -euo pipefail
PATH=${PATH#*:} cmake --list-presets=configure | grep -q "\"${1#build/}\"" || { echo "nothing builds $1" >&2; exit 1; }
shift
(($# > 0)) || { echo "no scenario is named" >&2; exit 1; }
for number; do
  found=("$root/tests/scenarios/${number}_"*.sh)
  [[ -e ${found[0]} && ${#found[@]} == 1 ]] || { echo "no scenario $number" >&2; exit 1; }
done
echo "scenarios $#" >>"$said"
RUN
chmod 755 "$work/bin"/* "$tree/tests/scenarios/run"

# run_blocks PAGE: its blocks of shell, one after the other. Sets status.
run_blocks() {
  local block
  status=0
  rm -rf "$work/blocks"
  blocks "$1" "$work/blocks"
  for block in "$work/blocks"/*.sh; do
    (cd "$tree" && PATH="$work/bin:$PATH" bash -euo pipefail "$block") >"$work/log" 2>&1 || status=$?
    ((status == 0)) || return 0
  done
}

run_blocks "$root/$page"
((status == 0)) || fail "$page: $(<"$work/log")"
expect_eq "what was run" "$(sed 's/ [0-9]*$//' "$said" | xargs)" 'cmake configure cmake build ctest scenarios'
tests=$(sed -n 's/^ctest //p' "$said")
((tests >= 30)) || fail "$page: its ctest selects only $tests tests"

# ---- a name that is not there is found ----
# refuses PATTERN OTHER MESSAGE: the page with this instead of that.
refuses() {
  sed "s|$1|$2|" "$root/$page" >"$work/page.md"
  run_blocks "$work/page.md"
  ((status != 0)) || fail "with $2: it is not refused"
  expect_contains "with $2" "$(<"$work/log")" "$3"
}
refuses '--build --preset dev' '--build --preset development' 'no build preset development'
refuses "'^unit\\$'" "'^units\\$'" 'no test: ctest'
refuses 'build/dev 10 91' 'build/dev 10 00' 'no scenario 00'
