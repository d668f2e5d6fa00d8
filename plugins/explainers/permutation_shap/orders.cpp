#include "orders.hpp"

#include <algorithm>
#include <numeric>
#include <span>

#include "masking/random_order.hpp"

namespace permutation_shap {

namespace {

/// Whether `players` have at most `pairs` orders, an order and its opposite counted as one.
bool fit(size_t players, size_t pairs) {
  size_t count = 1;
  for (size_t player = 3; player <= players && count <= pairs; ++player) count *= player;
  return count <= pairs;
}

Order first_order(size_t players) {
  Order order(players);
  std::iota(order.begin(), order.end(), size_t{0});
  return order;
}

}  // namespace

Orders make_orders(size_t players, size_t pairs, uint64_t seed) {
  Orders made;
  Order order = first_order(players);
  made.is_all = fit(players, pairs);
  if (made.is_all) {
    do  // of an order and its opposite, the one that begins with the lesser
      if (order.front() <= order.back()) made.orders.push_back(order);
    while (std::ranges::next_permutation(order).found);
    return made;
  }
  std::mt19937_64 random(seed);
  for (size_t pair = 0; pair < pairs; ++pair) {
    masking::draw<size_t>(random, order, players);
    made.orders.push_back(order);
  }
  return made;
}

}  // namespace permutation_shap
