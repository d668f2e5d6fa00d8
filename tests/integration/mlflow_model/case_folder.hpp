#pragma once

#include <filesystem>
#include <string>

#include "model/bundle.hpp"

namespace veleta::testing {

/// Models with requests and what is predicted for them, in folders for Python to try; removed when it goes.
class CaseFolder {
 public:
  CaseFolder();
  ~CaseFolder();
  CaseFolder(const CaseFolder&) = delete;
  CaseFolder& operator=(const CaseFolder&) = delete;

  /// A model, and rows as a client would send them. Both sides read the same text.
  void add(const std::string& name, const Bundle& bundle, const json::array& rows) const;
  /// A model, and rows as CSV, with the target's column or without it.
  void add_csv(const std::string& name, const Bundle& bundle, const std::string& csv) const;
  /// A model, to be asked for its own example.
  void add_example(const std::string& name, const Bundle& bundle) const;
  /// A model as its files stand in a folder, and rows as CSV.
  void add_folder(const std::string& name, const std::filesystem::path& model, const std::string& csv) const;
  /// A model that Python must refuse, with these words.
  void add_refused(const std::string& name, const Bundle& bundle, const std::string& words) const;

  /// Runs the checks of check_predictions.py with the named server's Python. Expects success, and to be told of each
  /// case.
  void check_with(const std::string& server) const { run("check_predictions.py", server); }
  /// The same with check_serving.py.
  void serve_with(const std::string& server) const { run("check_serving.py", server); }

 private:
  void run(const std::string& script, const std::string& server) const;
  void write_model(const std::string& name, const Bundle& bundle) const;
  void write_csv(const std::string& name, const Bundle& bundle, const std::string& csv) const;
  void write_expected(const std::string& name, const std::vector<double>& predictions) const;

  std::filesystem::path folder_;
};

}  // namespace veleta::testing
