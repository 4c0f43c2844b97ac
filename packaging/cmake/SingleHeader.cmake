# SPDX-License-Identifier: MIT
# cmake -D IN=client/statgate.h -D OUT=statgate_single.h -P SingleHeader.cmake: a header and the parts that it includes, each
# in the place of its first #include, as one file.
cmake_minimum_required(VERSION 3.22)
set_property(GLOBAL PROPERTY seen "")

# Sets `ret_text` to the text of a header with its parts in it; "" if it was there before.
function(flatten header ret_text)
  get_filename_component(header ${header} ABSOLUTE)
  get_property(seen GLOBAL PROPERTY seen)
  if(header IN_LIST seen)
    set(${ret_text} "" PARENT_SCOPE)
    return()
  endif()
  set_property(GLOBAL APPEND PROPERTY seen ${header})
  get_filename_component(folder ${header} DIRECTORY)
  file(READ ${header} rest)
  set(text "")
  while(rest MATCHES "\n#include \"([^\"\n]+)\"\n")
    set(line "${CMAKE_MATCH_0}")
    flatten(${folder}/${CMAKE_MATCH_1} part)
    string(FIND "${rest}" "${line}" at)
    string(SUBSTRING "${rest}" 0 ${at} before)
    string(LENGTH "${line}" length)
    math(EXPR behind "${at} + ${length} - 1") # the newline may begin the next match
    string(SUBSTRING "${rest}" ${behind} -1 rest)
    string(APPEND text "${before}\n${part}")
  endwhile()
  set(${ret_text} "${text}${rest}" PARENT_SCOPE)
endfunction()

flatten(${IN} text)
get_filename_component(name ${IN} NAME)
file(WRITE ${OUT} "/* Made by SingleHeader.cmake from ${name} and its parts; do not edit. */\n${text}")
