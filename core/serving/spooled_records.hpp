#pragma once

#include <string>
#include <string_view>

#include "inference_spool.hpp"

namespace veleta {

/// A chunk as the payload of a spool's record.
std::string encode_chunk(const InferenceChunk& key, const std::vector<InferenceRecord>& records);
/// What encode_chunk made. Throws kBadData.
InferenceSpool::Chunk decode_chunk(std::string_view payload);

}  // namespace veleta
