#pragma once

#include <boost/random/mersenne_twister.hpp>

namespace veleta::drift_tables {

/// Numbers that are the same on every machine.
using Random = boost::random::mt19937_64;

}  // namespace veleta::drift_tables
