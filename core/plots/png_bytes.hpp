#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace veleta {

/// An image of `width` times `height` pixels as PNG (RFC 2083), 8 bits a color. `pixels`: rows of `stride_bytes`, a
/// pixel being a uint32_t of 0xRRGGBB, as cairo's RGB24 has it. Unfiltered rows: quicker to pack than cairo's own
/// writer makes them, and smaller, for drawings of few colors. Throws kInternal.
std::string png_bytes(const unsigned char* pixels, uint32_t width, uint32_t height, size_t stride_bytes);

}  // namespace veleta
