# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2034,SC2154
title=brubeck

# It sends its numbers on to carbon, without a page to read them from; Debian 12 has no package of it.
peer_find() {
  ! find_program brubeck || why='has no page from which its numbers could be read'
  return 1
}
