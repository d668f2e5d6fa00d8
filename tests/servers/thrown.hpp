#pragma once

#include <gtest/gtest.h>
#include <string>

#include "veleta/error.hpp"

namespace veleta::testing {

struct Thrown {
  ErrorCode code = ErrorCode::kInternal;
  std::string message;
};

/// The Error that a call throws; the test fails where there is none.
template <typename Call>
Thrown thrown_by(Call call) {
  try {
    call();
  } catch (const Error& error) {
    return {error.code(), error.what()};
  }
  ADD_FAILURE() << "no Error was thrown";
  return {};
}

}  // namespace veleta::testing
