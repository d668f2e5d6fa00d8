#include "story.hpp"

#include <algorithm>
#include <cmath>

namespace veleta::data_api {

// The tilts are set, on the default seed, so that the mean prices are those of the mission's table: 219,186, 179,512,
// 196,747, 236,810, 397,339 and 1,134,678. tests/unit/data_api holds them to it.
const std::vector<Chapter>& chapters() {
  static const std::vector<std::string_view> usual_absent = {"Alaska", "District of Columbia", "Hawaii"};
  static const std::vector<std::string_view> fewer_absent = {"District of Columbia", "Hawaii"};
  static const std::vector<Chapter> all = {{73'784, 0.0, 1, 300'000, usual_absent, "", 0.04, 0.2, 1.0558},
                                           {94'551, 0.0, 1, 300'000, fewer_absent, "", -0.1696, -0.8, 0.0},
                                           {230'366, 1.0, 1, 300'000, usual_absent, "", 0.0117, 0.0, 0.0},
                                           {4'055, 0.3, 10'000, 300'000, {}, "Rhode Island", 0.1, 0.0, 1.2997},
                                           {320'696, 0.45, 300'023, 500'000, {}, "", 0.0, 0.3, 1.1342},
                                           {361'457, 0.45, 500'007, 515'000'000, {}, "", 0.5555, 1.0, 0.0}};
  return all;
}

uint32_t scaled_rows(const Chapter& chapter, double scale) {
  return std::max(60u, static_cast<uint32_t>(std::lround(chapter.rows * scale)));
}

}  // namespace veleta::data_api
