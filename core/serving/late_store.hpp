#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "store/store.hpp"
#include "veleta/error.hpp"

namespace veleta {

/// A store that is opened when it is first needed: what does not need it does not wait for it. Thread-safe.
class LateStore {
 public:
  using Open = std::function<std::unique_ptr<Store>()>;

  explicit LateStore(Open open) : open_(std::move(open)) {}
  /// A store that is open, and outlives this.
  explicit LateStore(Store& store) : store_(&store) {}

  /// Throws as opening it does; for a second after that, at once.
  Store& get();

 private:
  const Open open_;
  std::mutex mutex_;
  std::unique_ptr<Store> owned_;                          // guarded by mutex_
  Store* store_ = nullptr;                                // guarded by mutex_
  std::unique_ptr<Error> problem_;                        // guarded by mutex_
  std::chrono::steady_clock::time_point next_attempt_{};  // guarded by mutex_
};

}  // namespace veleta
