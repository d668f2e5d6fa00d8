#include <gmock/gmock.h>

#include <cerrno>
#include <cmath>
#include <deque>
#include <limits>

#include "reading.hpp"

namespace veleta {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

/// A stream of one batch, put together by hand. It lives on the test's stack; release callbacks only count.
class HandMadeStream {
 public:
  /// Adds a column. The buffers must live as long as the stream.
  HandMadeStream& column(const char* format, const char* name, std::vector<const void*> buffers, int64_t length,
                         int64_t offset = 0, ArrowSchema* dictionary_type = nullptr, ArrowArray* dictionary = nullptr) {
    buffers_.push_back(std::move(buffers));
    types_.push_back({format, name, nullptr, ARROW_FLAG_NULLABLE, 0, nullptr, dictionary_type, &ignore_type, nullptr});
    arrays_.push_back({length, -1, offset, static_cast<int64_t>(buffers_.back().size()), 0, buffers_.back().data(),
                       nullptr, dictionary, &ignore_array, nullptr});
    return *this;
  }

  ReadResult read(int64_t length, int64_t offset = 0, const ReadOptions& options = {}) {
    for (auto& type : types_) type_pointers_.push_back(&type);
    for (auto& array : arrays_) array_pointers_.push_back(&array);
    length_ = length;
    offset_ = offset;
    ArrowArrayStream stream{&get_schema, &get_next, [](ArrowArrayStream*) { return "the database went away"; },
                            [](ArrowArrayStream* it) {
                              ++self(it).released;
                              it->release = nullptr;
                            },
                            this};
    return read_arrow(stream, options);
  }

  int released = 0;     ///< schemas, batches and streams given back
  int batches = 1;      ///< how many times the batch comes
  int fail_after = -1;  ///< get_next fails after so many batches

 private:
  static HandMadeStream& self(ArrowArrayStream* stream) { return *static_cast<HandMadeStream*>(stream->private_data); }
  static void ignore_type(ArrowSchema*) {}
  static void ignore_array(ArrowArray*) {}
  template <typename Struct>
  static void count_release(Struct* it) {
    ++static_cast<HandMadeStream*>(it->private_data)->released;
    it->release = nullptr;
  }
  static int get_schema(ArrowArrayStream* stream, ArrowSchema* out) {
    auto& me = self(stream);
    *out = {"+s",
            "",
            nullptr,
            0,
            static_cast<int64_t>(me.types_.size()),
            me.type_pointers_.data(),
            nullptr,
            &count_release<ArrowSchema>,
            &me};
    return 0;
  }
  static int get_next(ArrowArrayStream* stream, ArrowArray* out) {
    auto& me = self(stream);
    if (me.fail_after-- == 0) return EIO;
    *out = {};
    if (me.batches-- <= 0) return 0;
    static const void* no_validity[] = {nullptr};
    *out = {me.length_,
            0,
            me.offset_,
            1,
            static_cast<int64_t>(me.arrays_.size()),
            no_validity,
            me.array_pointers_.data(),
            nullptr,
            &count_release<ArrowArray>,
            &me};
    return 0;
  }

  std::deque<std::vector<const void*>> buffers_;
  std::deque<ArrowSchema> types_;
  std::deque<ArrowArray> arrays_;
  std::vector<ArrowSchema*> type_pointers_;
  std::vector<ArrowArray*> array_pointers_;
  int64_t length_ = 0;
  int64_t offset_ = 0;
};

TEST(Arrow, GivesBackTheTableThatWasExported) {
  const Table table = csv("n,c,t\n1.5,\"x, y\",2019-06-28\n,,\n-3,ñ,2019-06-28T10:00:00Z\n1e300,x,1901-01-01\n").table;
  ArrowArrayStream stream{};
  export_arrow(table, &stream);
  const auto result = read_arrow(stream, {});
  EXPECT_EQ(stream.release, nullptr);
  EXPECT_EQ(result.schema, schema_of(table));
  EXPECT_EQ(to_csv(result.table), to_csv(table));
  EXPECT_EQ(row_hashes(result.table), row_hashes(table));
}

TEST(Arrow, ReadsMinusZeroAsZero) {
  Table table = csv("n\n1\n").table;
  table.columns[0].numbers[0] = -0.0;
  ArrowArrayStream stream{};
  export_arrow(table, &stream);
  EXPECT_THAT(texts(read_arrow(stream, {}).table, "n"), ElementsAre("0"));
}

TEST(Arrow, ExportsTablesWithoutRowsOrColumns) {
  for (const Table& table : {csv("n,c\n").table, Table{}}) {
    ArrowArrayStream stream{};
    export_arrow(table, &stream);
    EXPECT_EQ(schema_of(read_arrow(stream, {}).table), schema_of(table));
  }
}

TEST(Arrow, ExportSharesNothingWithTheTable) {
  ArrowArrayStream stream{};
  {
    const Table table = csv("c\nsome label that is longer than a short string\n").table;
    export_arrow(table, &stream);
  }
  EXPECT_THAT(texts(read_arrow(stream, {}).table, "c"), ElementsAre("some label that is longer than a short string"));
}

TEST(Arrow, ReadsEveryIntegerAndFloat) {
  const int8_t c[] = {-1, 2};
  const uint8_t C[] = {255, 2};
  const int16_t s[] = {-300, 2};
  const uint16_t S[] = {65535, 2};
  const int32_t i[] = {-70000, 2};
  const uint32_t I[] = {4294967295u, 2};
  const int64_t l[] = {-9007199254740993, 2};
  const uint64_t L[] = {18446744073709551615u, 2};
  const float f[] = {0.5f, std::numeric_limits<float>::quiet_NaN()};
  const double g[] = {-0.125, std::numeric_limits<double>::infinity()};
  HandMadeStream stream;
  stream.column("c", "c", {nullptr, c}, 2).column("C", "C", {nullptr, C}, 2).column("s", "s", {nullptr, s}, 2);
  stream.column("S", "S", {nullptr, S}, 2).column("i", "i", {nullptr, i}, 2).column("I", "I", {nullptr, I}, 2);
  stream.column("l", "l", {nullptr, l}, 2).column("L", "L", {nullptr, L}, 2).column("f", "f", {nullptr, f}, 2);
  stream.column("g", "g", {nullptr, g}, 2);
  ReadOptions options;
  options.rules.categorical = {"l", "L", "f"};
  const auto result = stream.read(2, 0, options);
  EXPECT_THAT(texts(result.table, "c"), ElementsAre("-1", "2"));
  EXPECT_THAT(texts(result.table, "C"), ElementsAre("255", "2"));
  EXPECT_THAT(texts(result.table, "s"), ElementsAre("-300", "2"));
  EXPECT_THAT(texts(result.table, "S"), ElementsAre("65535", "2"));
  EXPECT_THAT(texts(result.table, "i"), ElementsAre("-70000", "2"));
  EXPECT_THAT(texts(result.table, "I"), ElementsAre("4294967295", "2"));
  EXPECT_THAT(texts(result.table, "l"), ElementsAre("-9007199254740993", "2"));
  EXPECT_THAT(texts(result.table, "L"), ElementsAre("18446744073709551615", "2"));
  EXPECT_THAT(texts(result.table, "f"), ElementsAre("0.5", ""));
  EXPECT_THAT(texts(result.table, "g"), ElementsAre("-0.125", ""));
  EXPECT_EQ(result.report.retyped.at(0).retyped_example, "inf");
  EXPECT_EQ(stream.released, 3);
}

TEST(Arrow, ReadsTextsBooleansAndTimes) {
  const uint8_t valid[] = {0b101};
  const int32_t offsets[] = {0, 1, 1, 4};
  const int64_t long_offsets[] = {0, 1, 1, 4};
  const uint8_t flags[] = {0b001};
  const int32_t days[] = {18075, 0, -1};
  const int64_t millis[] = {86400000, 0, 500};
  const int64_t nanos[] = {1500000000, 0, -1000000000};
  HandMadeStream stream;
  stream.column("u", "u", {valid, offsets, "axyz"}, 3).column("U", "U", {valid, long_offsets, "axyz"}, 3);
  stream.column("b", "b", {valid, flags}, 3).column("tdD", "day", {valid, days}, 3);
  stream.column("tdm", "milli", {nullptr, millis}, 3).column("tsn:Europe/Madrid", "nano", {valid, nanos}, 3);
  const auto result = stream.read(3);
  EXPECT_THAT(texts(result.table, "u"), ElementsAre("a", "", "xyz"));
  EXPECT_THAT(texts(result.table, "U"), ElementsAre("a", "", "xyz"));
  EXPECT_THAT(texts(result.table, "b"), ElementsAre("true", "", "false"));
  EXPECT_THAT(texts(result.table, "day"), ElementsAre("2019-06-28", "", "1969-12-31"));
  EXPECT_THAT(texts(result.table, "milli"), ElementsAre("1970-01-02", "1970-01-01", "1970-01-01T00:00:00.5Z"));
  EXPECT_THAT(texts(result.table, "nano"), ElementsAre("1970-01-01T00:00:01.5Z", "", "1969-12-31T23:59:59Z"));
}

TEST(Arrow, ReadsSlicesAndSeveralBatches) {
  const uint8_t valid[] = {0xFF, 0b1011};
  double numbers[12];
  for (int i = 0; i < 12; ++i) numbers[i] = i;
  const int32_t offsets[] = {0, 1, 2, 3, 4, 5};
  HandMadeStream stream;
  stream.column("g", "n", {valid, numbers}, 5, 6).column("u", "c", {nullptr, offsets, "abcde"}, 5);
  stream.batches = 2;
  const auto result = stream.read(3, 2);
  EXPECT_THAT(texts(result.table, "n"), ElementsAre("8", "9", "", "8", "9", ""));
  EXPECT_THAT(texts(result.table, "c"), ElementsAre("c", "d", "e", "c", "d", "e"));
  EXPECT_EQ(stream.released, 4);
}

TEST(Arrow, ReadsDictionariesAndChecksTheirCodes) {
  const uint8_t valid[] = {0b0111};
  const int8_t codes[] = {1, 0, 2, 99};
  const int32_t offsets[] = {0, 2, 4, 4};
  const void* buffers[] = {nullptr, offsets, "noon"};
  ArrowSchema text_type{"u", "", nullptr, 0, 0, nullptr, nullptr, nullptr, nullptr};
  ArrowArray dictionary{3, 0, 0, 3, 0, buffers, nullptr, nullptr, nullptr, nullptr};
  HandMadeStream stream;
  stream.column("c", "d", {valid, codes}, 4, 0, &text_type, &dictionary);
  EXPECT_THAT(texts(stream.read(4).table, "d"), ElementsAre("on", "no", "", ""));

  HandMadeStream broken;
  broken.column("c", "d", {nullptr, codes}, 4, 0, &text_type, &dictionary);
  const auto error = error_of([&] { broken.read(4); });
  EXPECT_EQ(error.code(), ErrorCode::kBadData);
  EXPECT_THAT(error.what(), HasSubstr("column 'd' of the Arrow stream has code 99 in a dictionary of 3"));
  EXPECT_EQ(broken.released, 3);
}

TEST(Arrow, RefusesOtherTypesByName) {
  for (const char* format : {"e", "z", "+l", "n", "d:10,2", "tts", "w:16"}) {
    HandMadeStream stream;
    stream.column(format, "odd", {nullptr, nullptr}, 0);
    const auto error = error_of([&] { stream.read(0); });
    EXPECT_EQ(error.code(), ErrorCode::kUnsupported) << format;
    EXPECT_THAT(error.what(), HasSubstr("column 'odd' of the Arrow stream has the type " + std::string(format)));
    EXPECT_EQ(stream.released, 2);
  }
}

TEST(Arrow, PassesOverIgnoredColumnsOfAnyType) {
  const double numbers[] = {1};
  HandMadeStream stream;
  stream.column("+l", "odd", {nullptr}, 1).column("g", "n", {nullptr, numbers}, 1);
  ReadOptions options;
  options.rules.ignore = {"odd"};
  EXPECT_THAT(stream.read(1, 0, options).schema.names(), ElementsAre("n"));
}

TEST(Arrow, TellsWhatTheStreamSaysWhenItFails) {
  const double numbers[] = {1};
  HandMadeStream stream;
  stream.column("g", "n", {nullptr, numbers}, 1);
  stream.batches = 5;
  stream.fail_after = 2;
  const auto error = error_of([&] { stream.read(1); });
  EXPECT_EQ(error.code(), ErrorCode::kBadData);
  EXPECT_THAT(error.what(), HasSubstr("the database went away"));
  EXPECT_EQ(stream.released, 4);
}

TEST(Arrow, RefusesBatchesThatAreNotWhole) {
  const double numbers[] = {1, 2};
  HandMadeStream stream;
  stream.column("g", "n", {nullptr, numbers}, 2);
  EXPECT_THAT(error_of([&] { stream.read(3); }).what(), HasSubstr("is shorter than its batch"));
  HandMadeStream twice;
  twice.column("g", "n", {nullptr, numbers}, 2).column("g", "n", {nullptr, numbers}, 2);
  EXPECT_THAT(error_of([&] { twice.read(2); }).what(), HasSubstr("'n' of the Arrow stream is there twice"));
  ArrowArrayStream released{};
  EXPECT_EQ(error_of([&] { read_arrow(released, {}); }).code(), ErrorCode::kInvalidArgument);
}

TEST(Arrow, RefusesRubbish) {
  const double numbers[] = {1, 2};
  const int32_t offsets[] = {0, 1, 2};
  const auto refusal = [](auto&& build, int64_t length, int64_t offset = 0) {
    HandMadeStream stream;
    build(stream);
    const auto error = error_of([&] { stream.read(length, offset); });
    EXPECT_EQ(error.code(), ErrorCode::kBadData);
    return std::string(error.what());
  };
  const auto sound = [&](HandMadeStream& stream) { stream.column("g", "n", {nullptr, numbers}, 2); };
  EXPECT_THAT(refusal(sound, -1), HasSubstr("negative length or offset"));
  EXPECT_THAT(refusal(sound, 1, -1), HasSubstr("negative length or offset"));
  EXPECT_THAT(refusal(sound, 1, std::numeric_limits<int64_t>::max()), HasSubstr("is shorter than its batch"));
  const auto column = [&](const char* format, std::vector<const void*> buffers, int64_t length, int64_t offset) {
    return refusal([&](HandMadeStream& stream) { stream.column(format, "n", buffers, length, offset); }, 1);
  };
  EXPECT_THAT(column("g", {nullptr, nullptr}, 2, 0),
              HasSubstr("'n' of the Arrow stream lacks the buffer of its values"));
  EXPECT_THAT(column("g", {nullptr}, 2, 0), HasSubstr("has 1 buffers: expected 2"));
  EXPECT_THAT(column("g", {nullptr, numbers}, 2, -1), HasSubstr("has the length 2 and the offset -1"));
  EXPECT_THAT(column("u", {nullptr, offsets}, 2, 0), HasSubstr("has 2 buffers: expected 3"));
  EXPECT_THAT(column("u", {nullptr, offsets, nullptr}, 2, 0), HasSubstr("lacks the buffer of its texts"));
  EXPECT_THAT(column(nullptr, {nullptr, numbers}, 2, 0), HasSubstr("column 1 of the Arrow stream has no type"));
}

TEST(Arrow, IsHeldToTheSchema) {
  const double numbers[] = {1, 2};
  HandMadeStream stream;
  stream.column("g", "a", {nullptr, numbers}, 2).column("g", "extra", {nullptr, numbers}, 2);
  stream.column("g", "t", {nullptr, numbers}, 2);
  ReadOptions options;
  options.schema = Schema{{{"b", ColumnType::kNumber}, {"t", ColumnType::kTime}, {"a", ColumnType::kCategory}}};
  const auto result = stream.read(2, 0, options);
  EXPECT_EQ(schema_of(result.table), *options.schema);
  EXPECT_THAT(texts(result.table, "a"), ElementsAre("1", "2"));
  EXPECT_THAT(result.report.missing_columns, ElementsAre("b"));
  EXPECT_THAT(result.report.unexpected_columns, ElementsAre("extra"));
  EXPECT_EQ(result.report.retyped.at(0).retyped_count, 2u);
}

}  // namespace
}  // namespace veleta
