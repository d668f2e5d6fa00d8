#include <gmock/gmock.h>

#include <numeric>
#include <set>

#include "reading.hpp"

namespace veleta {
namespace {

TEST(RowHashes, DependOnContentAloneNotOnFormOrder) {
  const auto from_csv = row_hashes(csv("zip,city,acre\n00601,Adjuntas,0.50\n").table);
  const auto from_json = row_hashes(json_rows(R"([{"acre": 0.5, "city": " Adjuntas ", "zip": 601.0}])").table);
  ReadOptions zip_is_code;
  zip_is_code.rules.categorical = {"zip"};
  const auto with_category = row_hashes(csv("city,zip,acre\nAdjuntas,601,0.5\n", zip_is_code).table);
  EXPECT_EQ(from_csv, from_json);
  EXPECT_EQ(from_csv, with_category);
}

TEST(RowHashes, StayWhatTheyAreForEver) {
  // Rows held out by an earlier release must stay held out: these values may never change.
  const auto hashes = row_hashes(csv("a,b,c,d\n1,x,2019-06-28,\n0.25,,2019-06-28T10:00:00Z,y\n").table);
  EXPECT_EQ(hashes, (std::vector<uint64_t>{7286570914104040384u, 8785339194431292730u}));
}

TEST(RowHashes, AreNotChangedByAColumnThatTheRowLacks) {
  const auto before = row_hashes(csv("a,c\n1,x\n2,y\n").table);
  const auto after = row_hashes(csv("a,b,c,d\n1,,x,\n2,,y,\n3,7,z,w\n").table);
  EXPECT_EQ(before[0], after[0]);
  EXPECT_EQ(before[1], after[1]);
  EXPECT_NE(row_hashes(csv("a,b\n1,\n,1\n").table)[0], row_hashes(csv("a,b\n1,\n,1\n").table)[1]);
}

TEST(RowHashes, TellRowsApart) {
  const auto hashes = row_hashes(csv("a,b\nxy,z\nx,yz\n,xyz\nxyz,\nz,xy\n-0,0\n0,-0\n").table);
  EXPECT_EQ(std::set<uint64_t>(hashes.begin(), hashes.begin() + 6).size(), 6u);
  EXPECT_EQ(hashes[5], hashes[6]);
}

TEST(RowHashes, IgnoreCodesAndDictionaries) {
  const Table table = csv("c\na\nb\nc\n").table;
  Table other = csv("c\nc\nb\n").table;
  EXPECT_EQ(row_hashes(table)[2], row_hashes(other)[0]);
  EXPECT_EQ(row_hashes(table)[1], row_hashes(other)[1]);
}

TEST(HashFraction, LiesEvenlyInTheUnitInterval) {
  EXPECT_EQ(hash_fraction(0), 0.0);
  EXPECT_LT(hash_fraction(~uint64_t{0}), 1.0);
  EXPECT_EQ(hash_fraction(uint64_t{1} << 63), 0.5);

  std::string text = "n\n";
  for (int i = 0; i < 20000; ++i) text += std::to_string(i) + "\n";
  std::vector<size_t> tenths(10);
  for (const uint64_t hash : row_hashes(csv(text).table)) ++tenths[static_cast<size_t>(hash_fraction(hash) * 10)];
  // Five standard deviations of a binomial count of 20,000 at 0.1 are 212.
  for (const size_t count : tenths) EXPECT_NEAR(static_cast<double>(count), 2000, 212);
}

}  // namespace
}  // namespace veleta
