#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The commands of CONTRIBUTING name presets, labels of tests and scenarios that exist; packaging/test runs what they run.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
source "$scenarios/pages.sh"
need_tools cmake ctest
page=$root/packaging/CONTRIBUTING.md
blocks "$page" "$work/blocks"

checked=0
while read -r command arguments; do
  read -ra words <<<"${arguments//\'/}"
  case $command in
  cmake | ctest)
    preset=$(grep -oP -- '--preset \K\S+' <<<"$arguments")
    grep -q "\"name\": \"$preset\"" "$root/CMakePresets.json" || fail "no preset $preset: $command $arguments"
    ;;&
  ctest)
    count=$(ctest --test-dir "$build" --show-only "${words[@]:2}" | sed -n 's/^Total Tests: //p')
    ((count > 0)) || fail "no test is selected: $command $arguments"
    ;;
  tests/scenarios/run)
    for number in "${words[@]:1}"; do
      [[ -e $(echo "$scenarios/${number}_"*.sh) ]] || fail "no scenario $number"
    done
    ;;
  cmake) ;;
  *) fail "a command that is not known here: $command $arguments" ;;
  esac
  checked=$((checked + 1))
done < <(cat "$work/blocks"/*.sh | sed 's/ && /\n/g' | grep -v '^#')
((checked >= 4)) || fail "only $checked commands were found"
