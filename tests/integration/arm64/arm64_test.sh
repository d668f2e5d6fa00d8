#!/usr/bin/env bash
# arm64_test.sh SOURCE_FOLDER EXPLAIN_FILES WORK_FOLDER: trees and tree_shap built for arm64 and run under qemu must say what
# EXPLAIN_FILES, of this machine's processor, says of the same model files: margins to the last bit.
set -euo pipefail
source_folder=$1 explain_files=$2 work=$3
readonly compiler=aarch64-linux-gnu-g++ emulator=qemu-aarch64
for tool in "$compiler" "$emulator"; do
  command -v "$tool" >/dev/null || { echo "SKIPPED: $tool is not installed (./dev check installs it)"; exit 77; }
done

mkdir -p "$work"
explainer=$source_folder/plugins/explainers/tree_shap
mapfile -t sources < <(ls "$source_folder"/core/trees/*.cpp "$explainer"/*.cpp | grep -v /tree_shap.cpp)
compile() {
  "$compiler" -std=c++20 -O2 -ffp-contract=off -Wall -Wextra -Werror "$@"
}
includes=(-I"$source_folder/core/sdk/include" -I"$source_folder/core/trees/include")
for source in "${sources[@]}"; do
  part=$(basename "$(dirname "$source")")
  compile "${includes[@]}" -c "$source" -o "$work/$part.$(basename "$source").o"
done
compile "${includes[@]}" -I"$explainer" -static "$source_folder/tests/integration/arm64/explain_files.cpp" "$work"/*.o \
  -o "$work/explain_files"

mapfile -t models < <(ls "$source_folder"/tests/conformance/models/*.{json,ubj,txt} | grep -v .rows.json)
"$explain_files" "${models[@]}" >"$work/here.txt"
"$emulator" "$work/explain_files" "${models[@]}" >"$work/arm64.txt"
diff "$work/here.txt" "$work/arm64.txt"
! grep "does not add up" "$work/arm64.txt"
echo "$(grep -c margins "$work/arm64.txt") models: the same on both"
