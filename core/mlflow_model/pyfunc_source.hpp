#pragma once

namespace veleta {

/// The loader's module: its name is the version of what it computes.
inline constexpr const char* kPyfuncModule = "veleta_pyfunc_v1";
/// The text of veleta_pyfunc_v1.py.
extern const char* const kPyfuncSource;

}  // namespace veleta
