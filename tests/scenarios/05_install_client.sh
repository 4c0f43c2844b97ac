#!/bin/sh
# SPDX-License-Identifier: MIT
# The installed client: headers alone, found by pkg-config and by find_package(statgate), from a prefix
# unknown at configure time.
#
#   05_install_client.sh BUILD_FOLDER        exit code 0: it works
set -eu

build=${1:?usage: $0 BUILD_FOLDER}
source_dir=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d "${TMPDIR:-/tmp}/statgate-install-XXXXXX")
trap 'rm -rf "$work"' EXIT INT TERM
prefix=$work/prefix

fail() {
    echo "05_install_client: $*" >&2
    exit 1
}

cmake --install "$build" --prefix "$prefix" --component devel >"$work/install.log" 2>&1 ||
    { cat "$work/install.log" >&2; fail "cmake --install failed"; }
[ -f "$prefix/include/statgate.h" ] || fail "no include/statgate.h"
pc=$(find "$prefix" -path '*/pkgconfig/statgate.pc')
[ -n "$pc" ] || fail "no statgate.pc"
for file in statgateConfig.cmake statgateConfigVersion.cmake StatgateGenerate.cmake; do
    [ -n "$(find "$prefix" -path "*/cmake/statgate/$file")" ] || fail "no $file"
done
if grep -rIq -e "$source_dir" -e "$(cd "$build" && pwd)" "$prefix"; then
    fail "installed files point into the source or build tree"
fi

# The example knows nothing of this tree: it is copied away. Without a daemon all its samples are
# lost, and it says so.
example=$work/example
cp -R "$source_dir/packaging/examples/client" "$example"
export STATGATE_SOCKET="$work/nobody.sock"
check_run() {
    said=$("$1" --events 10) || fail "$2: the program failed"
    samples=${said%% *}
    [ "$said" = "$samples samples, $samples of them lost, 0 merged" ] || fail "$2: unexpected output: $said"
    [ "$samples" -ge 60 ] || fail "$2: too few samples: $said"
}

flags=$(PKG_CONFIG_PATH=$(dirname "$pc") pkg-config --cflags --libs statgate) ||
    fail "pkg-config does not find statgate"
# shellcheck disable=SC2086 # flags are words
"${CC:-cc}" -std=c11 -D_POSIX_C_SOURCE=200809L -Wall -Wextra -pedantic -Werror "$example/main.c" \
    -o "$work/by-pkg-config" $flags -lm || fail "pkg-config: does not compile"
check_run "$work/by-pkg-config" pkg-config

{ cmake -S "$example" -B "$work/example-build" -DCMAKE_PREFIX_PATH="$prefix" &&
    cmake --build "$work/example-build"; } >"$work/cmake.log" 2>&1 ||
    { cat "$work/cmake.log" >&2; fail "find_package: does not build"; }
check_run "$work/example-build/statgate-example" find_package

# A program with functions of its catalog, which are written again when that changes, and only then.
statgate=$(find "$build" -type f -name statgate -perm -u+x -print -quit)
if [ -n "$statgate" ]; then
    generated=$work/generated
    mkdir "$generated"
    cat >"$generated/CMakeLists.txt" <<'END'
cmake_minimum_required(VERSION 3.16)
project(generated LANGUAGES C CXX)
set(CMAKE_CXX_STANDARD 17)
find_package(statgate REQUIRED)
add_executable(one main.c)
target_link_libraries(one PRIVATE statgate::client)
statgate_generate_header(one shop.json)
add_executable(two main.cpp)
target_link_libraries(two PRIVATE statgate::client)
statgate_generate_header(two shop.json HEADER two.h PREFIX two)
END
    cat >"$generated/main.c" <<'END'
#include <shop_metrics.h>
static struct statgate sg;
static struct shop_metrics m;
int main(void) {
    shop_metrics_open(&m, &sg);
    return shop_orders_total_add(&m, 1, SHOP_ORDERS_TOTAL_OUTCOME_OK) ? 1 : 0;
}
END
    sed 's/shop_metrics\.h/two.h/; s/shop_/two_/g; s/SHOP_/TWO_SHOP_/; s/two_orders/two_shop_orders/' "$generated/main.c" >"$generated/main.cpp"
    catalog() {
        cat >"$generated/shop.json" <<END
{"statgate": 1, "service": "shop", "families": {
  "shop_orders_total": {"type": "counter", "labels": {"outcome": ["$1", "declined"]}}}}
END
    }
    built() {
        cmake --build "$generated/build" >"$work/generated.log" 2>&1
    }
    catalog ok
    { cmake -S "$generated" -B "$generated/build" -DCMAKE_PREFIX_PATH="$prefix" -DSTATGATE_PROGRAM="$statgate" && built; } \
        >"$work/generated.configure" 2>&1 ||
        { cat "$work/generated.configure" "$work/generated.log" >&2; fail "statgate_generate_header: does not build"; }
    for program in one two; do
        "$generated/build/$program" || fail "$program: a sample of a handle that nobody opened was not lost"
    done
    header=$generated/build/statgate-one/shop_metrics.h
    was=$(stat -c %Y.%i "$header")
    catalog ok
    built || fail "does not build again"
    [ "$(stat -c %Y.%i "$header")" = "$was" ] || fail "the same header was written twice"
    catalog fine
    ! built || fail "a value that is gone still compiles"
    grep -q SHOP_ORDERS_TOTAL_OUTCOME_OK "$work/generated.log" || fail "the compiler complains of something else"
fi

# A version that is not there must not be found.
mkdir "$work/future"
cat >"$work/future/CMakeLists.txt" <<END
cmake_minimum_required(VERSION 3.16)
project(future NONE)
find_package(statgate 99 REQUIRED)
END
if cmake -S "$work/future" -B "$work/future/build" -DCMAKE_PREFIX_PATH="$prefix" >/dev/null 2>&1; then
    fail "find_package(statgate 99) was satisfied"
fi

# ---- what a build lacks is named with its package, and a tree without git has no commit ----
mkdir "$work/empty"
# expect_lacking PACKAGE ARGUMENT...: so says the first configuration of the sources.
expect_lacking() {
    lacking=$1
    shift
    ! PKG_CONFIG_LIBDIR="$work/empty" PKG_CONFIG_PATH='' cmake -S "$source_dir" -B "$work/lacking" "$@" >"$work/cmake.log" 2>&1 ||
        fail "it is configured without $lacking"
    tr -s '[:space:]' ' ' <"$work/cmake.log" | grep -q "pkg-config does not find [^:]*: apt-get install $lacking\b" ||
        { cat "$work/cmake.log" >&2; fail "nothing names $lacking"; }
}
expect_lacking libuv1-dev
expect_lacking libcriterion-dev -DSTATGATE_DAEMON=OFF
cmake -D OUT="$work/built.c" -D SOURCE="$work" -D FEATURES=isal -P "$source_dir/packaging/cmake/WriteBuilt.cmake"
grep -q '^const char version_commit\[\] = "unknown";' "$work/built.c" || fail "a commit without git: $(cat "$work/built.c")"
echo "05_install_client: passed"
