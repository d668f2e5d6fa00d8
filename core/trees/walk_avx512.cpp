#include <algorithm>
#include <array>
#include <bit>
#include <type_traits>
#include <utility>

#include "padded_step.hpp"
#include "walk.hpp"

// Rows side by side in the 16 lanes of a register, down the upper levels of one padded tree; below them each walks on
// by itself. A level's thresholds are looked up within registers: a permutation minds the low bits of a node's number
// alone, which count its place within its level. The values that a level compares are loaded for each of its nodes and
// chosen among by the turns taken above. Gathers would fetch the very values, but took longer than eight rows in step
// without wide registers; and registers of 8 lanes gain nothing over these.

namespace veleta {

#if defined(__x86_64__)

#define VELETA_AVX512 __attribute__((target("avx512f"), always_inline)) inline

namespace {

using AllDepths = std::make_integer_sequence<unsigned, kMaxPaddedDepth + 1>;

constexpr unsigned level_of(unsigned node) { return static_cast<unsigned>(std::bit_width(node)) - 1; }

/// Where the values that the upper nodes test begin, among kLanes rows side by side.
template <unsigned Levels>
struct Offsets {
  explicit Offsets(const uint32_t* slots) {
    for (size_t node = 0; node < of_node.size(); ++node) of_node[node] = slots[node] * kLanes;
  }
  std::array<uint32_t, size_t{1} << Levels> of_node;
};

/// The values that rows test at `Level`, of those who come by `Node`. left[l]: those who went left at level l.
template <unsigned Level, unsigned Node, unsigned Levels>
VELETA_AVX512 __m512i values_at(const uint32_t* rows, const Offsets<Levels>& offsets, const __mmask16* left) {
  if constexpr (level_of(Node) == Level)
    return _mm512_loadu_si512(rows + offsets.of_node[Node]);
  else
    return _mm512_mask_blend_epi32(left[level_of(Node)], values_at<Level, 2 * Node>(rows, offsets, left),
                                   values_at<Level, 2 * Node + 1>(rows, offsets, left));
}

/// Entry `at` of the level that begins at entry 2^Level of an array, whose entries up to 64 are in registers.
template <unsigned Level>
VELETA_AVX512 __m512i look_up(const __m512i* top, __m512i at) {
  if constexpr (Level < 4)
    return _mm512_permutexvar_epi32(at, top[0]);
  else if constexpr (Level == 4)
    return _mm512_permutexvar_epi32(at, top[1]);
  else
    return _mm512_permutex2var_epi32(top[2], at, top[3]);
}

template <unsigned Level, unsigned Levels>
VELETA_AVX512 __m512i descend_from(const uint32_t* rows, const Offsets<Levels>& offsets, const __m512i* thresholds,
                                   __m512i at, __mmask16* left) {
  if constexpr (Level == Levels) {
    return at;
  } else {
    const __m512i values = values_at<Level, 1>(rows, offsets, left);
    left[Level] = _mm512_cmplt_epu32_mask(values, look_up<Level>(thresholds, at));
    const __m512i right = _mm512_add_epi32(at, at);
    const __m512i next = _mm512_mask_add_epi32(right, left[Level], right, _mm512_set1_epi32(1));
    return descend_from<Level + 1>(rows, offsets, thresholds, next, left);
  }
}

template <unsigned Depth>
VELETA_AVX512 __m512i leaves_at(const __m512i* leaves, __m512i at) {
  if constexpr (Depth <= 4)
    return _mm512_permutexvar_epi32(_mm512_sub_epi32(at, _mm512_set1_epi32(1 << Depth)), leaves[0]);
  else if constexpr (Depth == 5)
    return _mm512_permutex2var_epi32(leaves[0], at, leaves[1]);
  else
    return _mm512_mask_blend_epi32(_mm512_test_epi32_mask(at, _mm512_set1_epi32(32)),
                                   _mm512_permutex2var_epi32(leaves[0], at, leaves[1]),
                                   _mm512_permutex2var_epi32(leaves[2], at, leaves[3]));
}

template <unsigned Depth, typename Sum>
__attribute__((target("avx512f"))) void walk_avx512(const PaddedTree<Sum>& tree, const PreparedRows& rows, Sum* sums) {
  constexpr unsigned kLevels = Depth <= 6 ? Depth : 5;
  constexpr bool kInRegisters = Depth <= 6 && std::is_same_v<Sum, float>;
  const Offsets<kLevels> offsets(tree.slots);
  __m512i thresholds[4], leaves[4];
  for (size_t i = 0; i < 4; ++i) {
    thresholds[i] = _mm512_loadu_si512(tree.thresholds + kLanes * i);
    leaves[i] = _mm512_loadu_si512(tree.leaves + kLanes * i);
  }
  for (size_t first = 0; first < rows.count; first += kLanes) {
    __mmask16 left[kLevels + 1];
    const __m512i at =
        descend_from<0>(rows.by_slot + first * rows.stride, offsets, thresholds, _mm512_set1_epi32(1), left);
    if constexpr (kInRegisters) {
      const __m512 found = _mm512_castsi512_ps(leaves_at<Depth>(leaves, at));
      _mm512_storeu_ps(sums + first, _mm512_add_ps(_mm512_loadu_ps(sums + first), found));
    } else {
      std::array<std::array<uint32_t, kRowsInStep>, 2> halves;
      _mm512_storeu_si512(halves.data(), at);
      finish<kLevels, Depth>(tree, rows, first, halves[0], sums);
      finish<kLevels, Depth>(tree, rows, first + kRowsInStep, halves[1], sums);
    }
  }
}

template <typename Sum, unsigned... Depths>
constexpr auto walks_avx512(std::integer_sequence<unsigned, Depths...>) {
  return std::array{&walk_avx512<Depths, Sum>...};
}

}  // namespace

template <typename Sum>
PaddedWalk<Sum> avx512_walk(unsigned depth) {
  static constexpr auto kWalks = walks_avx512<Sum>(AllDepths());
  return __builtin_cpu_supports("avx512f") ? kWalks[depth] : nullptr;
}

#else

template <typename Sum>
PaddedWalk<Sum> avx512_walk(unsigned) {
  return nullptr;
}

#endif

template PaddedWalk<float> avx512_walk(unsigned);
template PaddedWalk<double> avx512_walk(unsigned);

}  // namespace veleta
