#include <array>

#include "geography.hpp"

namespace veleta::data_api {

namespace {

// Price indices follow the order of what a square foot costs in the states; populations are of 2020, and territories'
// listings are as frequent as in the public data rather than by their people.
constexpr std::array kStates = {State{"Alabama", 0.66, 5.0, 35004},
                                State{"Alaska", 1.02, 0.7, 99501},
                                State{"Arizona", 1.17, 7.2, 85001},
                                State{"Arkansas", 0.63, 3.0, 71601},
                                State{"California", 1.92, 39.5, 90001},
                                State{"Colorado", 1.46, 5.8, 80001},
                                State{"Connecticut", 1.06, 3.6, 6001},
                                State{"Delaware", 1.04, 1.0, 19701},
                                State{"District of Columbia", 1.85, 0.7, 20001},
                                State{"Florida", 1.14, 21.5, 32003},
                                State{"Georgia", 0.94, 10.7, 30002},
                                State{"Hawaii", 2.30, 1.5, 96701},
                                State{"Idaho", 1.19, 1.8, 83201},
                                State{"Illinois", 0.84, 12.8, 60001},
                                State{"Indiana", 0.71, 6.8, 46001},
                                State{"Iowa", 0.67, 3.2, 50001},
                                State{"Kansas", 0.70, 2.9, 66002},
                                State{"Kentucky", 0.70, 4.5, 40003},
                                State{"Louisiana", 0.68, 4.7, 70001},
                                State{"Maine", 1.05, 1.4, 3901},
                                State{"Maryland", 1.16, 6.2, 20601},
                                State{"Massachusetts", 1.66, 7.0, 1001},
                                State{"Michigan", 0.75, 10.1, 48001},
                                State{"Minnesota", 0.97, 5.7, 55001},
                                State{"Mississippi", 0.58, 3.0, 38601},
                                State{"Missouri", 0.75, 6.2, 63001},
                                State{"Montana", 1.24, 1.1, 59001},
                                State{"Nebraska", 0.77, 2.0, 68001},
                                State{"Nevada", 1.24, 3.1, 88901},
                                State{"New Hampshire", 1.24, 1.4, 3031},
                                State{"New Jersey", 1.34, 9.3, 7001},
                                State{"New Mexico", 0.90, 2.1, 87001},
                                State{"New York", 1.41, 20.2, 10001},
                                State{"North Carolina", 0.95, 10.4, 27006},
                                State{"North Dakota", 0.78, 0.8, 58001},
                                State{"Ohio", 0.69, 11.8, 43001},
                                State{"Oklahoma", 0.63, 4.0, 73001},
                                State{"Oregon", 1.38, 4.2, 97001},
                                State{"Pennsylvania", 0.81, 13.0, 15001},
                                State{"Puerto Rico", 0.72, 2.2, 601},
                                State{"Rhode Island", 1.28, 1.1, 2801},
                                State{"South Carolina", 0.90, 5.1, 29001},
                                State{"South Dakota", 0.86, 0.9, 57001},
                                State{"Tennessee", 0.97, 6.9, 37010},
                                State{"Texas", 0.92, 29.1, 75001},
                                State{"Utah", 1.33, 3.3, 84001},
                                State{"Vermont", 1.08, 0.7, 5001},
                                State{"Virgin Islands", 1.52, 0.5, 801},
                                State{"Virginia", 1.12, 8.6, 22001},
                                State{"Washington", 1.52, 7.7, 98001},
                                State{"West Virginia", 0.55, 1.8, 24701},
                                State{"Wisconsin", 0.86, 5.9, 53001},
                                State{"Wyoming", 0.98, 0.6, 82001}};
static_assert(kStates.size() == 53);

}  // namespace

std::span<const State> states() { return kStates; }

}  // namespace veleta::data_api
