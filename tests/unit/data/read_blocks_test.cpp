#include "data/read_blocks.hpp"

#include <gmock/gmock.h>

#include "reading.hpp"

namespace veleta {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

/// 1,000 rows, whose column c first holds a text in row 700.
std::string csv_text() {
  std::string text = "a,b,c\n";
  for (int row = 0; row < 1000; ++row)
    text += std::to_string(row) + ",x" + std::to_string(row % 7) + (row < 700 ? ",1\n" : ",word\n");
  return text;
}

std::string json_text(bool as_lists) {
  std::string text = R"({"rows": [)";
  for (int row = 0; row < 120'000; ++row)
    text += (row ? "," : "") +
            (as_lists ? "[" + std::to_string(row) + R"(, "x"])" : R"({"a": )" + std::to_string(row) + R"(, "b": "x"})");
  return text + "]}";
}

std::vector<ReadResult> blocks_of(const std::string& text, const ReadOptions& options, size_t block_cells,
                                  decltype(read_csv_blocks)& read) {
  std::vector<ReadResult> blocks;
  PieceReader bytes(text, 4096);
  read(bytes, options, block_cells, [&](ReadResult&& block) { blocks.push_back(std::move(block)); });
  return blocks;
}

TEST(ReadBlocks, GiveTheRowsOfACsvInOrder) {
  const auto blocks = blocks_of(csv_text(), {}, 300, read_csv_blocks);
  ASSERT_EQ(blocks.size(), 11u) << "ten of 100 rows, and the end";
  EXPECT_EQ(blocks.back().table.row_count(), 0u);
  Table all = blocks[0].table;
  for (size_t i = 1; i < blocks.size(); ++i) all.append(blocks[i].table);
  const Table whole = csv(csv_text()).table;
  EXPECT_EQ(texts(all, "a"), texts(whole, "a"));
  EXPECT_EQ(texts(all, "b"), texts(whole, "b"));
}

TEST(ReadBlocks, AreHeldToTheFirstOnesTypes) {
  const auto blocks = blocks_of(csv_text(), {}, 300, read_csv_blocks);
  EXPECT_EQ(blocks[9].schema, blocks[0].schema);
  EXPECT_TRUE(blocks[6].report.retyped.empty());
  ASSERT_EQ(blocks[7].report.retyped.size(), 1u);
  EXPECT_EQ(blocks[7].report.retyped[0].retyped_count, 100u);
  EXPECT_EQ(blocks[7].report.retyped[0].retyped_row, 700u) << "counted from the beginning of the text";
  EXPECT_EQ(blocks[7].report.retyped[0].retyped_example, "word");
}

TEST(ReadBlocks, GiveTheRowsOfAJsonDocumentInOrder) {
  for (const bool as_lists : {false, true}) {
    ReadOptions options;
    options.rows_pointer = "/rows";
    if (as_lists) options.rules.names = {"a", "b"};
    const auto blocks = blocks_of(json_text(as_lists), options, 1000, read_json_row_blocks);
    ASSERT_GE(blocks.size(), 2u);
    double next = 0;
    for (const ReadResult& block : blocks)
      for (const double number : block.table.at("a").numbers) ASSERT_EQ(number, next++);
    EXPECT_EQ(next, 120'000);
  }
}

TEST(ReadBlocks, TellWhereTheTextIsBroken) {
  const auto error = error_of([] { blocks_of(csv_text() + "1,2\n", {}, 300, read_csv_blocks); });
  EXPECT_EQ(error.code(), ErrorCode::kBadData);
  EXPECT_THAT(error.what(), HasSubstr("line 1002 has 2 cells"));
}

TEST(ReadBlocks, OfNoRowsAreOneBlock) {
  const auto blocks = blocks_of("a,b\n", {}, 300, read_csv_blocks);
  ASSERT_EQ(blocks.size(), 1u);
  EXPECT_THAT(blocks[0].schema.names(), ElementsAre("a", "b"));
}

}  // namespace
}  // namespace veleta
