#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Headers of `statgate gen c`: all catalogs compile without a warning as C11 and C++17, wrong labels do not compile, and
# what goes through each function of each bundled catalog arrives.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need_tools gcc g++ python3

strict=(-Wall -Wextra -Wconversion -Wshadow -pedantic -Werror -I "$root/client")
# Compilers of C, and of C++, that are here; what is wrong in C is found by -Wenum-conversion.
as_c=() as_cxx=()
for name in gcc clang; do
  ! command -v "$name" >/dev/null || as_c+=("$name")
done
for name in g++ clang++; do
  ! command -v "$name" >/dev/null || as_cxx+=("$name")
done

# each_compiler FILE FLAG...: whether all take the file, as a program of C and of C++.
each_compiler() {
  local compiler
  for compiler in "${as_c[@]}"; do
    "$compiler" -std=c11 -Wenum-conversion "${strict[@]}" -fsyntax-only -x c "$@" || return
  done
  for compiler in "${as_cxx[@]}"; do
    "$compiler" -std=c++17 "${strict[@]}" -fsyntax-only -x c++ "$@" || return
  done
}

# ---- every catalog ----
catalogs=("$root"/packaging/catalogs/*.json "$root"/tests/cases/statgate/gen/*/*.json "$root"/tests/cases/statgate/gen/* "$scenarios"/catalogs/gen_*.json)
[[ -z $long ]] || catalogs+=("$root"/tests/cases/catalog/valid/*.json)
for catalog in "${catalogs[@]}"; do
  [[ $catalog != *.schema.json ]] || continue
  "$statgate" gen c --output "$work/header.h" "$catalog" || fail "no header of $catalog"
  printf '#include "header.h"\nint main(void) { return 0; }\n' >"$work/alone.c"
  each_compiler "$work/alone.c" >"$work/compilers" 2>&1 || fail "the header of $catalog: $(head -20 "$work/compilers")"
done

# Beside statgate.hpp, in one file.
"$statgate" gen c --output "$work/demo.h" "$root/packaging/catalogs/demo.json"
cat >"$work/beside.cpp" <<'END'
#include <statgate.hpp>
#include "demo.h"
static statgate::client metrics;
static struct demo_metrics m;
int main() {
    demo_metrics_open(&m, metrics.handle());
    demo_requests_total_add(&m, 1, DEMO_REQUESTS_TOTAL_OUTCOME_OK);
    metrics.count("demo_requests_total", 1, {{"outcome", "ok"}});
    demo_metrics_close(&m);
}
END
for compiler in "${as_cxx[@]}"; do
  "$compiler" -std=c++17 "${strict[@]}" -fsyntax-only "$work/beside.cpp" >"$work/compilers" 2>&1 || fail "beside statgate.hpp: $(<"$work/compilers")"
done
say "${#catalogs[@]} catalogs, by ${as_c[*]} ${as_cxx[*]}"

# ---- what is wrong ----
"$statgate" gen c --output "$work/imgforge.h" "$root/packaging/catalogs/imgforge.json"

# write_use LABEL: a program that uses it as the label of cache_hits_total.
write_use() {
  cat >"$work/use.c" <<END
#include "imgforge.h"
static struct imgforge_metrics m;
int main(void) { return imgforge_cache_hits_total_add(&m, 1, $1) ? 1 : 0; }
END
}
write_use IMGFORGE_CACHE_HITS_TOTAL_CACHE_TYPE_DISK
each_compiler "$work/use.c" >"$work/compilers" 2>&1 || fail "a right label: $(<"$work/compilers")"
# refused WHAT LABEL MESSAGE: all refuse it with this message.
refused() {
  local compiler
  write_use "$2"
  for compiler in "${as_c[@]}"; do
    ! "$compiler" -std=c11 -Werror=enum-conversion -I "$root/client" -fsyntax-only "$work/use.c" >"$work/compilers" 2>&1 ||
      fail "$compiler takes $1"
    grep -qE "error: .*($3)" "$work/compilers" || fail "$compiler finds another fault in $1: $(<"$work/compilers")"
  done
  for compiler in "${as_cxx[@]}"; do
    ! "$compiler" -std=c++17 -I "$root/client" -fsyntax-only -x c++ "$work/use.c" >"$work/compilers" 2>&1 ||
      fail "$compiler takes $1"
    grep -qE "error: .*($3|cannot convert|no matching function)" "$work/compilers" ||
      fail "$compiler finds another fault in $1: $(<"$work/compilers")"
  done
}
refused "a value that is not listed" IMGFORGE_CACHE_HITS_TOTAL_CACHE_TYPE_DISC 'CACHE_TYPE_DISC'
refused "another family's label" IMGFORGE_CACHE_MISSES_TOTAL_CACHE_TYPE_DISK 'conversion'

# ---- what arrives ----
# Numbers that are no constants must not read beyond an array; the sanitizers would notice.
sanitizers=()
echo 'int main(void) { return 0; }' >"$work/empty.c"
if gcc -fsanitize=address,undefined -o "$work/empty" "$work/empty.c" 2>/dev/null && "$work/empty" 2>/dev/null; then
  sanitizers=("-fsanitize=address,undefined" -fno-sanitize-recover=all)
fi

sent() {
  is_gone "$caller" && fail "$name: a call did not return what it should: $(<"$work/caller.log")"
  [[ -s $work/lost ]]
}
held() {
  scrape >"$work/page"
  last=$("$root/tests/support/gen_calls.py" hold "$work/expected.json" "$work/page")
}

# call_all NAME CATALOG COMPILER...: each function of its header, as a program made by this compiler.
call_all() {
  local name=$1 catalog=$2 caller fd
  "$statgate" gen c --output "$work/called.h" "$catalog"
  "$root/tests/support/gen_calls.py" write "$catalog" "$work/called.h" "$work/called.c" "$work/expected.json" >"$work/made" ||
    fail "$name: $(<"$work/made")"
  "${@:3}" "${strict[@]}" -D_DEFAULT_SOURCE -O0 "${sanitizers[@]}" -o "$work/called" "$work/called.c" 2>"$work/compilers" ||
    fail "$name: $(head -20 "$work/compilers")"
  start_daemon --catalog "$catalog"
  rm -f "$work/called.in" "$work/lost"
  mkfifo "$work/called.in"
  "$work/called" "$socket" <"$work/called.in" >"$work/lost" 2>"$work/caller.log" &
  caller=$!
  helpers+=("$caller")
  exec {fd}>"$work/called.in"
  wait_for sent || fail "$name: what was sent did not leave"
  read -r _ lost _ meant <"$work/lost"
  expect_eq "$name: lost" "$lost" "$meant"
  wait_for held || fail "$name: $last"
  expect_json /debug/rejections '.by_family | length' 0
  expect_json /debug/senders '.total | [.folded, .ignored] | add' 0
  exec {fd}>&-
  wait "$caller" || fail "$name: a call did not return what it should: $(<"$work/caller.log")"
  stop_daemon
  say "$name: $(<"$work/made"), lost $lost on purpose"
}

for catalog in "$root"/packaging/catalogs/*.json; do
  [[ $catalog != *.schema.json ]] || continue
  call_all "$(basename "$catalog" .json)" "$catalog" gcc -std=c11
done
call_all kinds "$root/tests/cases/statgate/gen/kinds/works.json" gcc -std=c11
call_all mixed "$scenarios/catalogs/gen_mixed.json" gcc -std=c11
call_all "demo, as C++" "$root/packaging/catalogs/demo.json" g++ -std=c++17 -x c++
