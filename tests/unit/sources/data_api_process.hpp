#pragma once

#include <sys/types.h>
#include <string>
#include <vector>

namespace veleta::testing {

/// The data API's stand-in as a process of its own, on a free port, for as long as this object lives.
class DataApiProcess {
 public:
  explicit DataApiProcess(std::vector<std::string> options = {});
  ~DataApiProcess();
  DataApiProcess(const DataApiProcess&) = delete;
  DataApiProcess& operator=(const DataApiProcess&) = delete;

  /// "http://127.0.0.1:40123".
  const std::string& url() const { return url_; }

 private:
  pid_t process_ = 0;
  std::string url_;
};

/// An address on which nothing listens.
std::string url_without_service();

}  // namespace veleta::testing
