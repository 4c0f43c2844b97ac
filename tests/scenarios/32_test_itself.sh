#!/usr/bin/env bash
# packaging/test where npm's registry is away: one failure with its reason, and the other steps run; it shows how far it is;
# what --long asks for arrives at the scenarios; a test that fails beside others has one more run; and clang-tidy sees what
# changed. Builds and tests are played here.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need_tools node npm go jq
[[ -d /usr/share/gocode/src/github.com/DataDog/datadog-go ]] || { say "datadog-go is not installed"; exit 77; }

tree=$work/tree
mkdir -p "$tree/packaging" "$tree/tests/scenarios" "$work/bin"
cp -r "$root/packaging/test" "$root/packaging/lib.sh" "$root/packaging/examples" "$tree/packaging/"
cp -r "$root/tests/scenarios/clients" "$tree/tests/scenarios/"

cat >"$work/bin/cmake" <<'CMAKE'
#!/bin/sh
echo "cmake $*"
CMAKE
# What Go makes of it is not the question here.
cat >"$work/bin/go" <<'GO'
#!/bin/sh
while [ "$1" != -o ]; do shift; done
: >"$2" && chmod 755 "$2"
GO
cat >"$work/bin/ctest" <<'CTEST'
#!/usr/bin/env bash
# Three tests, one of which lacks something; goes on when somebody has said how far it is.
preset=$2
pattern=''
while [[ $1 != --output-junit ]]; do
  [[ $1 != --tests-regex ]] || pattern=$2
  shift
done
if [[ -n $pattern ]]; then
  echo "alone: $pattern"
  printf '<testsuite>\n' >"$2"
  for name in $FAILING; do
    status=run
    [[ $name != *.broken ]] || status=fail
    printf '\t<testcase name="%s" classname="%s" time="0.1" status="%s">\n' "$name" "$name" "$status" >>"$2"
  done
  exit
fi
echo ' 1/3 Test #2: scenario.first ......   Passed    0.01 sec'
deadline=$((SECONDS + 100))
until grep -q 'after [0-9]* s: 1/3 scenario.first' "$SAID" || ((SECONDS > deadline)); do sleep 0.05; done
echo "long: ${STATGATE_TEST_LONG:-no}, without clients: ${STATGATE_TEST_NO_CLIENTS:-no}, fuzz: $STATGATE_TEST_FUZZ_S"
# What is beside the tests of a build is over before they are.
beside=build/test/tidy.status
[[ $preset == sanitize ]] || beside=build/test/shell.status
deadline=$((SECONDS + ${WAIT_BESIDE_S:-0}))
until [[ -e $beside ]] || ((SECONDS >= deadline)); do sleep 0.05; done
[[ ! -e $beside ]] || echo "beside: $beside"
for name in ${FAILING:-}; do
  echo " 2/3 Test #3: $name ......***Failed    0.10 sec"
  deadline=$((SECONDS + 10))
  until grep -q "after [0-9]* s: failed: $name" "$SAID" || ((SECONDS > deadline)); do sleep 0.05; done
done
printf '<testsuite name="x"\n\ttests="9"\n\tfailures="%d"\n\tdisabled="0"\n\tskipped="%d"\n>\n' \
  "$(wc -w <<<"${FAILING:-}")" "${SKIPPED:-1}" >"$2"
for name in ${FAILING:-}; do
  printf '\t<testcase name="%s" classname="%s" time="0.1" status="fail">\n' "$name" "$name" >>"$2"
done
CTEST
cat >"$work/bin/ninja" <<NINJA
#!/bin/sh
# What it knows of three sources, in its words: clang names its list for a sanitizer first.
echo 'one.c.o: #deps 3, deps mtime 1 (VALID)
    /usr/lib/asan_ignorelist.txt
    $tree/one.c
    $tree/one.h

two.c.o: #deps 2, deps mtime 1 (VALID)
    ../../two.c
    ../../one.h

three.c.o: #deps 1, deps mtime 1 (VALID)
    ../../three.c

written.c.o: #deps 2, deps mtime 1 (VALID)
    $tree/build/sanitize/written.c
    $tree/one.h
'
NINJA
cat >"$work/bin/clang-tidy" <<'TIDY'
#!/bin/sh
exec true
TIDY
chmod 755 "$work/bin"/*

# run ARGUMENT...: packaging/test, where nobody answers as npm's registry. Sets status and said.
run() {
  status=0
  : >"$work/said"
  env -u STATGATE_TEST_LONG -u STATGATE_TEST_NO_CLIENTS PATH="$work/bin:$PATH" SAID="$work/said" STATGATE_TEST_PROGRESS_S=1 \
    npm_config_registry=http://127.0.0.1:9/ npm_config_cache="$work/npm" timeout 500 "$tree/packaging/test" "$@" \
    >"$work/said" 2>&1 </dev/null || status=$?
  said=$(<"$work/said")
}
last_line() {
  tail -n 1 "$work/said"
}

# ---- one failure, with its reason; nobody asks again ----
run --step clients --step scenarios
expect_eq "exit code" "$status" 1
expect_eq "the last line" "$(last_line)" '8 passed, 1 failed'
expect_contains "the clients' step" "$said" 'gallery: its client is not to be had. npm has to reach its registry'
expect_contains "the scenarios' step" "$said" 'ok (8 of 9 tests, 1 left out for want of clients)'
grep -q 'after [0-9]* s: 1/3 scenario.first' "$work/said" || fail "it does not show how far it is: $said"
expect_contains "the scenarios' environment" "$(<"$tree/build/test/scenarios.log")" 'long: no, without clients: 1, fuzz: 4'
[[ -x $tree/build/dev/clients/statgate-example-connaisseur ]] || fail "what can be had is not there"
started=$SECONDS
code=0
STATGATE_TEST_NO_CLIENTS=1 "$tree/packaging/examples/prepare" "$tree/build/dev/clients" gallery >"$work/again" 2>&1 || code=$?
expect_eq "exit code where it was not to be had before" "$code" 77
((SECONDS - started < 20)) || fail "it asked again"

# ---- where nothing was missing, a skipped test is a failure ----
run --step scenarios --long
expect_eq "exit code" "$status" 1
expect_eq "the last line" "$(last_line)" '8 passed, 1 failed'
expect_contains "the long form" "$(<"$tree/build/test/scenarios.log")" 'long: 1, without clients: no, fuzz: 60'

# ---- what fails beside others has one more run, alone, and is named; so it is not with many ----
export SKIPPED=0
FAILING='unit.one scenario.two' run --step unit
expect_eq "tests that pass alone: exit code" "$status" 0
expect_eq "tests that pass alone: the last line" "$(last_line)" '9 passed, 0 failed'
expect_contains "their verdict" "$said" 'ok (9 of 9 tests), only alone: unit.one scenario.two'
expect_contains "what they printed" "$said" 'Test #3: scenario.two ......***Failed'
expect_contains "what ran" "$(<"$tree/build/test/unit.log")" 'alone: ^(unit\.one|scenario\.two)$'
expect_contains "what it said while the others ran" "$said" 'failed: unit.one'
FAILING='unit.one unit.broken' run --step unit
expect_eq "one that fails alone: exit code" "$status" 1
expect_contains "one that fails alone" "$said" 'FAILED (8 of 9 tests), only alone: unit.one'
FAILING='a b c d' run --step unit
expect_contains "four tests" "$said" 'FAILED (5 of 9 tests), '
! grep -q 'alone' "$work/said" || fail "four tests had one more run: $said"
unset SKIPPED

# ---- the thread sanitizer has a build of its own, of nothing but what it runs ----
run --step threads
expect_contains "its build" "$(<"$tree/build/test/threads.log")" 'cmake --build --preset sanitize-thread'
built=$(jq -c '.buildPresets[] | select(.name == "sanitize-thread").targets' "$root/CMakePresets.json")
expect_eq "what it builds" "$built" '["client_stress"]'

# ---- clang-tidy sees the sources that changed since main, and each header that did once ----
mkdir -p "$tree/build/sanitize"
printf '[%s]\n' '{"file":"one.c"},{"file":"two.c"},{"file":"three.c"}' >"$tree/build/sanitize/compile_commands.json"
in_tree() {
  git -C "$tree" -c user.name=test -c user.email=test@example.com "$@" >>"$work/git.log" 2>&1 || fail "git $*"
}
# expect_tidy WHAT NAME...: it sees these.
expect_tidy() {
  local what=$1
  shift
  expect_eq "$what: exit code" "$status" 0
  expect_eq "$what" "$(sed -n 's/.*Checking //p' "$tree/build/test/tidy.log" | sort | xargs)" "$*"
}
echo /build/ >"$tree/.gitignore"
touch "$tree"/{one,two,three}.c "$tree/one.h"
in_tree init -b main
in_tree add -A
in_tree commit -m first
run --step tidy
expect_tidy "without older commits, all" one.c three.c two.c
in_tree checkout -b other
echo >>"$tree/one.h"
run --step tidy
expect_tidy "what includes a changed header" one.c
in_tree commit -am second
echo >>"$tree/three.c"
run --step tidy
expect_tidy "what was committed and what was not" one.c three.c
echo >>"$tree/two.c"
run --step tidy
expect_tidy "a header that a changed source includes" three.c two.c
in_tree checkout two.c
in_tree checkout three.c
in_tree checkout main
in_tree merge other
for ((i = 0; i < 20; i++)); do
  echo "$i" >"$tree/three.c"
  in_tree commit -am "$i"
done
run --step tidy
expect_tidy "on main, what 20 commits changed" three.c
run --step tidy --all
expect_tidy "--all" one.c three.c two.c

# ---- shellcheck sees the scripts that changed since main, and all once one that others read did ----
cat >"$work/bin/shellcheck" <<'SHELLCHECK'
#!/bin/sh
echo "shellcheck of $*"
SHELLCHECK
chmod 755 "$work/bin/shellcheck"
# expect_shell WHAT NAME...: it sees these.
expect_shell() {
  local what=$1
  shift
  expect_eq "$what: exit code" "$status" 0
  expect_eq "$what" "$(sed -n 's/^shellcheck of //p' "$tree/build/test/shell.log" | sort | xargs)" "$*"
}
for name in four five; do
  printf '#!/bin/bash\n' >"$tree/$name"
  chmod 755 "$tree/$name"
done
touch "$tree/lib.sh"
in_tree add -A
in_tree commit -m scripts
in_tree checkout -b scripts
everything=$(cd "$tree" && git ls-files | xargs grep -lE '^#!.*sh\b|^# shellcheck' | cat - <(ls ./*.sh) | sed 's/^\.\///' | sort -u | xargs)
echo 'true' >>"$tree/four"
run --step shell
expect_shell "the script that changed" four
run --step shell --all
expect_shell "--all" "$everything"
echo 'true' >>"$tree/lib.sh"
run --step shell
expect_shell "where one changed that others read, all" "$everything"
in_tree checkout four
in_tree checkout lib.sh
in_tree checkout main

# ---- what computes does so beside the tests that wait, and has its verdict in its own turn ----
cat >"$work/bin/shellcheck" <<'SHELLCHECK'
#!/bin/sh
echo "$*"
exit 1
SHELLCHECK
chmod 755 "$work/bin/shellcheck"
export WAIT_BESIDE_S=20
run --step unit --step shell --step sanitize --step tidy
unset WAIT_BESIDE_S
expect_contains "beside the unit tests" "$(<"$tree/build/test/unit.log")" 'beside: build/test/shell.status'
expect_contains "beside the tests of sanitize" "$(<"$tree/build/test/sanitize.log")" 'beside: build/test/tidy.status'
seen=$(sed -n 's/.*Checking //p' "$tree/build/test/tidy.log" | sort | xargs)
expect_eq "clang-tidy beside others" "$seen" three.c
grep -qE '^\[2/4\] shell +FAILED' "$work/said" || fail "what shellcheck found is no failure: $said"
grep -qE '^\[4/4\] tidy +ok' "$work/said" || fail "clang-tidy has no verdict: $said"
