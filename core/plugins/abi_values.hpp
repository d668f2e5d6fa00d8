#pragma once

#include <string>
#include <vector>

#include "plugins/params.hpp"
#include "veleta/abi.h"
#include "veleta/training.hpp"

namespace veleta {

/// A plugin's parameter values as the ABI has them, pointing into the host's, which must outlive this.
class AbiValues {
 public:
  /// One value for each parameter that the plugin describes. Throws kInvalidArgument where one is missing, of another
  /// type or out of its range, and where there is one that the plugin does not describe. `label` names the plugin in
  /// them.
  AbiValues(const std::string& label, const std::vector<ParamDescription>& params, const ParamValues& values);

  const veleta_value* const* data() const { return pointers_.data(); }
  size_t size() const { return pointers_.size(); }

 private:
  void add(const ParamValue& value);

  std::vector<std::vector<const char*>> items_;
  std::vector<veleta_value> values_;
  std::vector<const veleta_value*> pointers_;
};

/// The rows as the ABI has them; valid as long as what the view points to.
inline veleta_matrix to_abi(const MatrixView& rows) {
  return {sizeof(veleta_matrix), rows.values, rows.rows, rows.columns, rows.names.data()};
}

inline MatrixView from_abi(const veleta_matrix& rows) {
  return {rows.values, rows.rows, rows.columns, {rows.names, rows.names ? rows.columns : 0}};
}

}  // namespace veleta
