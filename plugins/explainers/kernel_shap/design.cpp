#include "design.hpp"

#include <algorithm>
#include <map>
#include <numeric>

#include "masking/random_order.hpp"

namespace kernel_shap {

namespace {

using masking::Coalition;

double binomial(size_t n, size_t k) {
  double result = 1;
  for (size_t i = 1; i <= k; ++i) result *= static_cast<double>(n - k + i) / static_cast<double>(i);
  return result;
}

/// Coalitions of a size and of its complement's.
struct Size {
  size_t size;    ///< at most half of the players
  double count;   ///< of both sizes
  double weight;  ///< the kernel's, (M - 1) / (s (M - s)) a size
};

std::vector<Size> sizes_of(size_t players) {
  std::vector<Size> sizes;
  for (size_t s = 1; 2 * s <= players; ++s) {
    const double both = 2 * s == players ? 1 : 2;
    sizes.push_back({s, both * binomial(players, s),
                     both * static_cast<double>(players - 1) / static_cast<double>(s * (players - s))});
  }
  return sizes;
}

double weight_from(const std::vector<Size>& sizes, size_t first) {
  return std::accumulate(sizes.begin() + static_cast<ptrdiff_t>(first), sizes.end(), 0.0,
                         [](double sum, const Size& size) { return sum + size.weight; });
}

void add_pair(Design& design, size_t players, const Coalition& coalition, Design::Pair pair) {
  design.coalitions.push_back(coalition);
  design.coalitions.push_back(complement(coalition, players));
  design.pairs.push_back(pair);
}

/// Adds all coalitions of a size, in lexical order. Those of half of the players are each other's complements: of these
/// the ones with the first player.
void add_all(Design& design, size_t players, const Size& size) {
  std::vector<size_t> members(size.size);
  std::iota(members.begin(), members.end(), size_t{0});
  while (true) {
    Coalition coalition(players);
    for (const size_t member : members) coalition.add(member);
    if (2 * size.size < players || members.front() == 0)
      add_pair(design, players, coalition, {size.weight / size.count, 0});
    size_t last = size.size;
    while (last > 0 && members[last - 1] == players - size.size + last - 1) --last;
    if (last == 0) return;
    ++members[last - 1];
    for (size_t i = last; i < size.size; ++i) members[i] = members[i - 1] + 1;
  }
}

class Drawer {
 public:
  Drawer(size_t players, std::vector<Size> sizes, uint64_t seed)
      : sizes_(std::move(sizes)), weight_(weight_from(sizes_, 0)), random_(seed), players_(players) {
    std::iota(players_.begin(), players_.end(), size_t{0});
  }

  /// One of a pair, the one that has the first player.
  Coalition draw() {
    const size_t size = draw_size(), players = players_.size();
    masking::draw<size_t>(random_, players_, size);
    Coalition coalition(players);
    for (size_t i = 0; i < size; ++i) coalition.add(players_[i]);
    return coalition.contains(0) ? coalition : complement(coalition, players);
  }

  double weight() const { return weight_; }

 private:
  size_t draw_size() {
    double at = static_cast<double>(random_() >> 11) * 0x1p-53 * weight_;
    for (const Size& size : sizes_)
      if ((at -= size.weight) < 0) return size.size;
    return sizes_.back().size;
  }

  std::vector<Size> sizes_;
  double weight_;
  std::mt19937_64 random_;
  std::vector<size_t> players_;
};

void add_drawn(Design& design, Drawer& drawer, size_t players, size_t draws) {
  std::map<Coalition, size_t> drawn;
  for (size_t i = 0; i < draws; ++i) ++drawn[drawer.draw()];
  design.draws = draws;
  const double weight = drawer.weight() / (2 * static_cast<double>(draws));
  for (const auto& [coalition, count] : drawn)
    add_pair(design, players, coalition, {weight * static_cast<double>(count), count});
}

}  // namespace

Design make_design(size_t players, size_t samples, uint64_t seed) {
  Design design;
  std::vector<Size> sizes = sizes_of(players);
  size_t whole = 0;
  auto left = static_cast<double>(samples);
  for (; whole < sizes.size(); ++whole) {
    const double share = left * sizes[whole].weight / weight_from(sizes, whole);
    if (whole > 0 && share < sizes[whole].count * (1 - 1e-8)) break;
    add_all(design, players, sizes[whole]);
    left -= sizes[whole].count;
  }
  sizes.erase(sizes.begin(), sizes.begin() + static_cast<ptrdiff_t>(whole));
  if (sizes.empty()) return design;
  Drawer drawer(players, std::move(sizes), seed);
  add_drawn(design, drawer, players, std::max(kLeastDraws, static_cast<size_t>(std::max(left, 0.0) / 2)));
  return design;
}

}  // namespace kernel_shap
