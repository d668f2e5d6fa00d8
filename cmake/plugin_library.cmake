# What makes a library a plugin, inside this repository and outside.
set(VELETA_PLUGIN_EXPORTS ${CMAKE_CURRENT_LIST_DIR}/plugin_exports.map)

# veleta_make_plugin(TARGET NAME)
# Makes TARGET the plugin library NAME.so: nothing but the entry function is exported, and a symbol that nobody defines
# is an error of the build.
function(veleta_make_plugin target name)
  set_target_properties(${target} PROPERTIES PREFIX "" SUFFIX .so OUTPUT_NAME ${name}
                        C_VISIBILITY_PRESET hidden CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON)
  target_link_options(${target} PRIVATE -Wl,--version-script=${VELETA_PLUGIN_EXPORTS})
  set_property(TARGET ${target} APPEND PROPERTY LINK_DEPENDS ${VELETA_PLUGIN_EXPORTS})
  if(NOT VELETA_SANITIZE)
    target_link_options(${target} PRIVATE -Wl,--no-undefined)
  endif()
endfunction()
