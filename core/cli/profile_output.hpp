#pragma once

#include <string>
#include <vector>

#include "base/json.hpp"
#include "data/profile.hpp"

namespace veleta {

/// A line a column: its type, rows, least, middle and greatest value or most frequent labels, and how exact that is.
std::string profile_table(const Profile& profile, size_t width);
json::object profile_json(const Profile& profile);

/// What differs between two profiles, a sentence each; empty where nothing does.
std::vector<std::string> profile_differences(const Profile& a, const Profile& b);

}  // namespace veleta
