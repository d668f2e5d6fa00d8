#include "tree_model_fuzz.hpp"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  return veleta::fuzz(veleta::read_random_forest, data, size);
}
