#include "late_store.hpp"

namespace veleta {

namespace {

constexpr std::chrono::seconds kPause{1};

}  // namespace

Store& LateStore::get() {
  const std::lock_guard lock(mutex_);
  if (store_) return *store_;
  if (problem_ && std::chrono::steady_clock::now() < next_attempt_) throw *problem_;
  try {
    owned_ = open_();
  } catch (const Error& error) {
    problem_ = std::make_unique<Error>(error);
    next_attempt_ = std::chrono::steady_clock::now() + kPause;
    throw;
  }
  store_ = owned_.get();
  return *store_;
}

}  // namespace veleta
