#!/bin/sh
# Resolves every dependency group to one consistent set, with hashes: tools/locks/<group>.txt.
set -eu
cd "$(dirname "$0")/.."
uv="${UV:-.venv/bin/uv}"
all=$(mktemp)
trap 'rm -f "$all"' EXIT
compile() { "$uv" pip compile pyproject.toml --universal --no-annotate --no-header --quiet "$@"; }
# Resolved apart, since they live in environments of their own: ministack pins botocore, transformers brings a hub.
compile --group emulator --generate-hashes -o tools/locks/emulator.txt
compile --group export --generate-hashes -o tools/locks/export.txt
compile --group dev --generate-hashes -o tools/locks/dev.txt
cp tools/locks/dev.txt "$all" # what is pinned stays pinned, unless what is asked for has changed
compile --group dev -o "$all"
# tokenizers asks for huggingface-hub to fetch from a hub, which no Lambda of ours does.
overrides=$(mktemp)
trap 'rm -f "$all" "$overrides"' EXIT
echo "huggingface-hub ; python_version < '3'" > "$overrides"
for group in ingestion sentiment market_data prediction notifications summaries journal; do
  compile --group "$group" --constraint "$all" --override "$overrides" --generate-hashes -o "tools/locks/$group.txt"
done
