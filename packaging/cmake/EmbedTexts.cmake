# SPDX-License-Identifier: MIT
# cmake -D OUT=file.c -D NAME=array -D "FILES=a.mustache;b.mustache" -P EmbedTexts.cmake: writes an array of struct
# json_template, named by the files.
set(arrays "")
set(rows "")
foreach(file ${FILES})
  get_filename_component(name ${file} NAME_WE)
  file(READ ${file} bytes HEX)
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1, " bytes "${bytes}00")
  string(APPEND arrays "static const char ${name}[] = {${bytes}};\n\n")
  string(APPEND rows "    {\"${name}\", ${name}},\n")
endforeach()
file(WRITE ${OUT} "/* Made by EmbedTexts.cmake; do not edit. */
#include \"json/json.h\"

${arrays}const struct json_template ${NAME}[] = {
${rows}    {0}};
")
