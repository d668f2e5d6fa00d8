#include "streams_behaviour.hpp"

#include <fmt/format.h>
#include <atomic>
#include <set>
#include <thread>

// Labels of served rows, and how streams are kept.
namespace veleta {
namespace {

using ::testing::ElementsAre;

TEST_P(StreamsBehaviour, LabelsAreJoinedWithWhatWasServed) {
  serve("a", {10, 20});
  serve("b", {30});
  EXPECT_EQ(label("b", {"33"}).how, Labelled::kStored);
  EXPECT_EQ(label("a", {"11", "22"}).stored, 2U);
  EXPECT_THAT(labelled(), ElementsAre("b 30 33", "a 10 11", "a 20 22"));
  const LabelledRow row = streams().labelled_rows("realty", 0, 1).at(0);
  EXPECT_EQ(row.model_version, "3");
  EXPECT_EQ(row.input, R"({"bed":2})");
  EXPECT_EQ(row.served_ms, 1000);
  EXPECT_GT(row.labelled_ms, 1000);
  const auto rest = streams().labelled_rows("realty", row.number, 10);
  ASSERT_EQ(rest.size(), 2U);
  EXPECT_GT(rest[0].number, row.number);
  EXPECT_GT(rest[1].number, rest[0].number);
  EXPECT_TRUE(streams().labelled_rows("rent", 0, 10).empty());
}

TEST_P(StreamsBehaviour, LabelsThatAreThereStay) {
  serve("a", {10, 20});
  label("a", {"11", "null"});
  const LabelOutcome repeated = label("a", {"11", "null"});
  EXPECT_EQ(repeated.how, Labelled::kRepeated);
  EXPECT_EQ(repeated.stored, 0U);
  const LabelOutcome differs = label("a", {"12", "22"});
  EXPECT_EQ(differs.how, Labelled::kConflict);
  EXPECT_EQ(differs.row_at_odds, 0U);
  EXPECT_THAT(labelled(), ElementsAre("a 10 11"));
  EXPECT_EQ(label("a", {"null", "22"}).stored, 1U);
  EXPECT_THAT(labelled(), ElementsAre("a 10 11", "a 20 22"));
}

TEST_P(StreamsBehaviour, LabelsOfARequestThatComeTwiceInOneBodyAreTakenInTurn) {
  serve("a", {10});
  const auto outcomes = streams().add_labels("realty", {{"a", {"null"}}, {"a", {"11"}}, {"a", {"11"}}, {"a", {"12"}}});
  std::vector<Labelled> how;
  for (const auto& outcome : outcomes) how.push_back(outcome.how);
  EXPECT_THAT(how, ElementsAre(Labelled::kRepeated, Labelled::kStored, Labelled::kRepeated, Labelled::kConflict));
  EXPECT_THAT(labelled(), ElementsAre("a 10 11"));
}

TEST_P(StreamsBehaviour, LabelsOfOneRequestDoNotHangOnThoseOfAnother) {
  serve("a", {10});
  serve("b", {20, 21});
  serve("c", {30});
  const auto outcomes =
      streams().add_labels("realty", {{"a", {"11"}}, {"nobody", {"1"}}, {"b", {"1"}}, {"c", {"33"}}, {"c", {"33"}}});
  ASSERT_EQ(outcomes.size(), 5U);
  EXPECT_EQ(outcomes[0].how, Labelled::kStored);
  EXPECT_EQ(outcomes[1].how, Labelled::kUnknownRequest);
  EXPECT_EQ(outcomes[2].how, Labelled::kWrongCount);
  EXPECT_EQ(outcomes[2].rows, 2U);
  EXPECT_EQ(outcomes[3].how, Labelled::kStored);
  EXPECT_EQ(outcomes[4].how, Labelled::kRepeated);
  EXPECT_THAT(labelled(), ElementsAre("a 10 11", "c 30 33"));
}

TEST_P(StreamsBehaviour, LabelsBelongToTheRequestOfTheirPipelineThatWasAnsweredLast) {
  serve("a", {20, 21}, 2000);
  serve("a", {10}, 1000);  // came later, from a spool
  serve("a", {90}, 3000, "rent");
  store().append_inferences({{"a", 4000, "realty", "3", "{}", NAN, 422, "wrong", 90}});
  EXPECT_EQ(label("a", {"1"}).how, Labelled::kWrongCount);
  EXPECT_EQ(label("a", {"1", "2"}).how, Labelled::kStored);
  EXPECT_THAT(labelled(), ElementsAre("a 20 1", "a 21 2"));
}

TEST_P(StreamsBehaviour, LabelsOfManyWritersReachAReaderEachOnce) {
  constexpr size_t kWriters = 4, kRequests = 25;
  for (size_t i = 0; i < kWriters * kRequests; ++i) serve(std::to_string(i), {1});
  std::atomic<size_t> finished{0};
  std::vector<std::thread> writers;
  for (size_t writer = 0; writer < kWriters; ++writer)
    writers.emplace_back([&, writer] {
      for (size_t i = 0; i < kRequests; ++i)
        EXPECT_EQ(label(std::to_string(writer * kRequests + i), {"1"}).how, Labelled::kStored);
      ++finished;
    });
  std::set<std::string> seen;
  int64_t after = 0;
  while (true) {
    const bool are_done = finished == kWriters;  // before the look
    const auto page = streams().labelled_rows("realty", after, 7);
    for (const LabelledRow& row : page) {
      EXPECT_GT(row.number, after);
      EXPECT_TRUE(seen.insert(row.request_id).second) << row.request_id;
      after = row.number;
    }
    if (page.empty() && are_done) break;
  }
  for (auto& writer : writers) writer.join();
  EXPECT_EQ(seen.size(), kWriters * kRequests);
}

TEST_P(StreamsBehaviour, LabelsAreTextsOfAnyKind) {
  serve("a", {1});
  const std::string odd = "\"" + std::string("O'Brien Ñ; DROP TABLE runs; 🧭 %s") + "\"";
  label("a", {odd});
  EXPECT_EQ(streams().labelled_rows("realty", 0, 1).at(0).label, odd);
}

std::string to_text(const KeptLabel& label) {
  return fmt::format("{} at {} row {}: {} at {}{}", label.request_id, label.served_ms, label.row, label.label,
                     label.labelled_ms, label.was_watched ? ", watched" : "");
}
std::vector<std::string> to_texts(const std::vector<KeptLabel>& labels) {
  std::vector<std::string> texts;
  for (const KeptLabel& label : labels) texts.push_back(to_text(label));
  return texts;
}

TEST_P(StreamsBehaviour, LabelsAreToldApartByWhatWasServed) {
  serve("a", {10, 20, 30});
  serve("b", {40}, 1500);
  store().append_inferences({{"a", 2000, "realty", "3", "{}", NAN, 422, "wrong", 90}});
  serve("a", {50, 60}, 2000);
  serve("a", {70}, 2000, "rent");
  label("b", {"4"});
  label("a", {"null", "6"});
  streams().restore_labels("realty", {{"a", 1000, 2, "3", 9, false}});
  const auto labels = kept();
  ASSERT_EQ(labels.size(), 3U);
  EXPECT_GT(labels[0].labelled_ms, 1'700'000'000'000);
  EXPECT_EQ(to_text(labels[0]), fmt::format("b at 1500 row 0: 4 at {}", labels[0].labelled_ms));
  EXPECT_EQ(to_text(labels[1]), fmt::format("a at 2000 row 1: 6 at {}", labels[1].labelled_ms));
  EXPECT_EQ(to_text(labels[2]), "a at 1000 row 2: 3 at 9");
}

TEST_P(StreamsBehaviour, LabelsOfAnotherStoreAreThereAsTheyWere) {
  serve("a", {10, 20});
  serve("b", {30});
  const std::vector<KeptLabel> labels{{"b", 1000, 0, "\"Ñ\"", 17, true}, {"a", 1000, 1, "22", 18, false}};
  EXPECT_EQ(streams().restore_labels("realty", labels), 2U);
  EXPECT_EQ(to_texts(kept()), to_texts(labels));
  EXPECT_EQ(streams().restore_labels("realty", labels), 0U);
  EXPECT_EQ(to_texts(kept()), to_texts(labels));
  const auto rows = streams().labelled_rows("realty", 0, 10);
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_TRUE(rows[0].was_watched);
  EXPECT_FALSE(rows[1].was_watched);
  EXPECT_EQ(rows[1].labelled_ms, 18);
  EXPECT_EQ(label("a", {"11", "22"}).stored, 1U) << "the next ones come after them";
  EXPECT_THAT(labelled(), ElementsAre("b 30 \"Ñ\"", "a 20 22", "a 10 11"));
}

TEST_P(StreamsBehaviour, ALabelThatIsHereStaysWhenOthersAreRestored) {
  serve("a", {10, 20});
  label("a", {"11", "null"});
  const std::vector<KeptLabel> labels{
      {"a", 1000, 0, "99", 17, true}, {"a", 1000, 1, "22", 18, true}, {"a", 1000, 1, "23", 19, true}};
  EXPECT_EQ(streams().restore_labels("realty", labels), 1U);
  EXPECT_THAT(labelled(), ElementsAre("a 10 11", "a 20 22"));
}

TEST_P(StreamsBehaviour, LabelsOfRowsThatWereNotServedAreNotRestoredNorOthersWithThem) {
  serve("a", {10});
  for (const KeptLabel& wrong : {KeptLabel{"a", 1000, 1, "1", 17, false}, KeptLabel{"a", 1000, -1, "1", 17, false},
                                 KeptLabel{"a", 1001, 0, "1", 17, false}, KeptLabel{"b", 1000, 0, "1", 17, false}}) {
    std::string message;
    const auto restore = [&] { streams().restore_labels("realty", {{"a", 1000, 0, "11", 17, false}, wrong}); };
    EXPECT_EQ(code_of(restore, &message), ErrorCode::kNotFound);
    EXPECT_EQ(message,
              fmt::format("row {} of request '{}' served at {}, which is labelled, is not in the inference log "
                          "of 'realty'",
                          wrong.row, wrong.request_id, wrong.served_ms));
  }
  EXPECT_TRUE(kept().empty());
}

TEST_P(StreamsBehaviour, LabelsUpToTheWatchersPlaceWereWatched) {
  serve("a", {10, 20});
  serve("b", {30});
  label("b", {"33"});
  label("a", {"11", "22"});
  ASSERT_TRUE(streams().claim_streams("realty", "w", 0));
  StreamsSave save = save_by("w");
  save.label_number = streams().labelled_rows("realty", 0, 10).at(1).number;
  streams().save_streams(save);
  const auto labels = kept();
  ASSERT_EQ(labels.size(), 3U);
  EXPECT_TRUE(labels[0].was_watched);
  EXPECT_TRUE(labels[1].was_watched);
  EXPECT_FALSE(labels[2].was_watched);
}

TEST_P(StreamsBehaviour, WatchesAreKeptWithTheirBytesAndTheirPlaceInTheLabels) {
  ASSERT_TRUE(streams().claim_streams("realty", "w", 0));
  EXPECT_EQ(streams().label_position("realty"), 0);
  std::string bytes;
  for (int byte = 0; byte < 256; ++byte) bytes.push_back(static_cast<char>(byte));
  StreamsSave save = save_by("w");
  save.label_number = 17;
  save.watches = {{"adwin", "size", "column size", "adwin 1.0.0 {}", {{"seen", 5}}, bytes},
                  {"adwin", "bed", "column bed", "adwin 1.0.0 {}", {{"seen", 6}}, ""}};
  streams().save_streams(save);
  save.watches.resize(1);
  save.watches[0].status["seen"] = 7;
  streams().save_streams(save);
  reopen();
  EXPECT_EQ(streams().label_position("realty"), 17);
  auto kept = streams().watches("realty");
  ASSERT_EQ(kept.size(), 2U);
  EXPECT_EQ(kept[0].series, "bed");
  EXPECT_EQ(kept[0].state, "");
  EXPECT_EQ(kept[1].series, "size");
  EXPECT_EQ(kept[1].state, bytes);
  EXPECT_EQ(kept[1].status.at("seen"), 7);
  EXPECT_EQ(kept[1].basis, "column size");
  EXPECT_EQ(kept[1].maker, "adwin 1.0.0 {}");
  save.are_all = true;
  streams().save_streams(save);
  EXPECT_EQ(streams().watches("realty").size(), 1U);
  EXPECT_TRUE(streams().watches("rent").empty());
}

TEST_P(StreamsBehaviour, OneWatchesAtATimeAndTheOtherChangesNothing) {
  ASSERT_TRUE(streams().claim_streams("realty", "first", 60'000));
  EXPECT_FALSE(streams().claim_streams("realty", "second", 60'000));
  ASSERT_TRUE(streams().claim_streams("realty", "first", 60'000));
  ASSERT_TRUE(streams().claim_streams("realty", "second", 0));
  StreamsSave save = save_by("first");
  save.label_number = 5;
  save.watches = {{"adwin", "bed", "", "", {}, ""}};
  save.events = {{0, 0, "stream_alarm", "realty", "", {}}};
  EXPECT_EQ(code_of([&] { streams().save_streams(save); }), ErrorCode::kConflict);
  EXPECT_TRUE(streams().watches("realty").empty());
  EXPECT_EQ(streams().label_position("realty"), 0);
  EXPECT_EQ(store().queue().last_event(), 0);
  save.watcher = "second";
  streams().save_streams(save);
  ASSERT_EQ(store().queue().events({}).size(), 1U);
  EXPECT_EQ(store().queue().events({}).at(0).kind, "stream_alarm");
  streams().release_streams("realty", "first");
  EXPECT_FALSE(streams().claim_streams("realty", "third", 60'000));
  streams().release_streams("realty", "second");
  EXPECT_TRUE(streams().claim_streams("realty", "third", 60'000));
  EXPECT_EQ(streams().label_position("realty"), 5);
}

}  // namespace
}  // namespace veleta
