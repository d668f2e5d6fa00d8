// What libFuzzer finds to do with a request: each byte is something that happens to it. `./dev fuzz` builds and runs
// it.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>

#include "request_world.hpp"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  veleta::RequestWorld world;
  try {
    for (size_t i = 0; i < size; ++i) world.happen(data[i] % veleta::RequestWorld::kHappenings);
    world.require_that_it_ends();
  } catch (const std::logic_error& broken) {
    std::fprintf(stderr, "a rule is broken: %s\n", broken.what());
    std::abort();
  }
  return 0;
}
