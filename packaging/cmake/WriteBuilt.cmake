# SPDX-License-Identifier: MIT
# cmake -D OUT=built.c -D SOURCE=FOLDER -D FEATURES=WORDS -P WriteBuilt.cmake: writes what version/version.h declares.
# The commit is that of SOURCE itself: a tree that was unpacked inside another repository has none.
set(commit "")
find_program(git git)
if(git AND EXISTS ${SOURCE}/.git)
  execute_process(COMMAND ${git} -C ${SOURCE} describe --always --dirty --abbrev=12 --exclude=*
    OUTPUT_VARIABLE commit OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
endif()
# A tree without its history, as a package is built from, may be told.
if(NOT commit AND DEFINED ENV{STATGATE_COMMIT})
  set(commit $ENV{STATGATE_COMMIT})
endif()
if(NOT commit)
  set(commit unknown)
endif()
set(text "/* Made by WriteBuilt.cmake; do not edit. */
#include \"version/version.h\"

const char version_commit[] = \"${commit}\";
const char version_features[] = \"${FEATURES}\";
")
set(former "")
if(EXISTS ${OUT})
  file(READ ${OUT} former)
endif()
if(NOT text STREQUAL former)
  file(WRITE ${OUT} "${text}")
endif()
