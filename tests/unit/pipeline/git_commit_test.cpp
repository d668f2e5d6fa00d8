#include "git_commit.hpp"

#include <gtest/gtest.h>

#include "base/files.hpp"
#include "base/ids.hpp"

namespace veleta {
namespace {

namespace fs = std::filesystem;

const std::string kOne(40, '1'), kTwo(64, '2');

class GitCommitOf : public ::testing::Test {
 protected:
  ~GitCommitOf() override { fs::remove_all(folder_); }

  void write(const std::string& path, const std::string& text) const { write_file_atomically(folder_ / path, text); }
  std::optional<GitCommit> found(const std::string& file = "work/configs/realty.toml") const {
    return git_commit_of(folder_ / file);
  }
  std::string commit() const { return found() ? found()->commit : "none"; }
  std::string branch() const { return found() ? found()->branch : "none"; }

  const fs::path folder_ = fs::temp_directory_path() / ("veleta-git-" + new_id());
};

TEST_F(GitCommitOf, IsThatOfTheBranchCheckedOut) {
  write("work/.git/HEAD", "ref: refs/heads/feature/drift\n");
  write("work/.git/refs/heads/feature/drift", kOne + "\n");
  EXPECT_EQ(commit(), kOne);
  EXPECT_EQ(branch(), "feature/drift");
}

TEST_F(GitCommitOf, IsReadFromPackedReferences) {
  write("work/.git/HEAD", "ref: refs/heads/main\n");
  write("work/.git/packed-refs",
        "# pack-refs with: peeled\n" + kTwo + " refs/heads/main2\n" + kOne + " refs/heads/main\n^" + kTwo + "\n");
  EXPECT_EQ(commit(), kOne);
}

TEST_F(GitCommitOf, HasNoBranchWhereNoneIsCheckedOut) {
  write("work/.git/HEAD", kTwo + "\n");
  EXPECT_EQ(commit(), kTwo);
  EXPECT_EQ(branch(), "");
}

TEST_F(GitCommitOf, IsThatOfALinkedWorkingTree) {
  write("main/.git/HEAD", "ref: refs/heads/main\n");
  write("main/.git/refs/heads/main", kTwo + "\n");
  write("main/.git/refs/heads/side", kOne + "\n");
  write("main/.git/worktrees/side/HEAD", "ref: refs/heads/side\n");
  write("main/.git/worktrees/side/commondir", "../..\n");
  write("work/.git", "gitdir: ../main/.git/worktrees/side\n");
  EXPECT_EQ(commit(), kOne);
  EXPECT_EQ(branch(), "side");
}

TEST_F(GitCommitOf, IsNoneOutsideARepositoryAndBeforeTheFirstCommit) {
  EXPECT_EQ(commit(), "none");
  write("work/.git/HEAD", "ref: refs/heads/main\n");
  EXPECT_EQ(commit(), "none");
  write("work/.git/HEAD", "nonsense\n");
  EXPECT_EQ(commit(), "none");
}

}  // namespace
}  // namespace veleta
