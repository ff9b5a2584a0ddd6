#!/usr/bin/env bash
# Checks GraphPipe on the GPUs of this machine and writes one report: correctness, step time against the prediction, launches, copies, overlap.
#
#   eng/gpu-check.sh [--devices cuda:0,1] [--reference DIR]... [--cuda-driver PATH] [--report FILE]
#   eng/gpu-check.sh --mock            the same on the mock driver of tests/GraphPipe.MockCuda: proves this script, not a GPU; its times mean nothing
#
# --devices    devices of the pipeline, default cuda:0 and on the mock cuda:0,1
# --reference  a folder with model.onnx and a recorded PyTorch run; without one, a small model that is built here is checked against itself
# --report     default gpu-report.md
# Exit codes: 0 everything agrees; 1 something does not, or fails; the report says what.
set -uo pipefail
cd "$(dirname "$0")/.."
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1

mock=0 devices="" driver="" report=gpu-report.md references=()
while [ $# -gt 0 ]; do
  case "$1" in
    --mock) mock=1 ;;
    --devices) devices="$2"; shift ;;
    --cuda-driver) driver="$2"; shift ;;
    --reference) references+=("$2"); shift ;;
    --report) report="$2"; shift ;;
    *) sed -n '2,12p' "$0" >&2; exit 1 ;;
  esac
  shift
done

options=() small=() steps=20
if [ "$mock" -eq 1 ]; then
  driver=$(tests/GraphPipe.MockCuda/build.sh | tail -n 1) || exit 1
  devices=${devices:-cuda:0,1} small=(--small) steps=2
  options+=(--stall-timeout 600)
fi
devices=${devices:-cuda:0}
stages=$(awk -F'[:,x]' '{ print ($0 ~ /x/) ? $NF : NF - 1 }' <<< "$devices")
[ -z "$driver" ] || driver=(--cuda-driver "$driver")
[ -n "${driver[0]}" ] || driver=()

dotnet build tests/GraphPipe.Benchmarks -c Release -v quiet >&2 || exit 1
bin=tests/GraphPipe.Benchmarks/bin/Release/net10.0
graphpipe() { dotnet "$bin/graphpipe.dll" "$@"; }

failed=0
# Runs a command, its output as it is into the report.
part() {
  local title=$1 output
  shift
  echo "$title" >&2
  output=$("$@" 2>&1)
  local code=$?
  [ "$code" -eq 0 ] || failed=1
  printf '\n## %s: %s\n\n```\n%s\n```\n' "$title" "$([ "$code" -eq 0 ] && echo passed || echo "failed, exit code $code")" "$output" >> "$report"
}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
{
  echo "# GPU check, $(date -u +%Y-%m-%d)"
  echo
  echo "$(uname -srm); commit $(git rev-parse --short HEAD 2>/dev/null || echo unknown); devices $devices"
  [ "$mock" -eq 0 ] || printf '\n**On the mock driver: it proves the script. No time below means anything.**\n'
} > "$report"

part "Devices" graphpipe doctor "${driver[@]}"
graphpipe models build dlrm-small -o "$work/model.onnx" >&2 || failed=1
run=("${driver[@]}" "${options[@]}" --devices "$devices" --stages "$stages" --micro-batches 2)
part "Pipeline against one stage, bit by bit" graphpipe verify "$work/model.onnx" "${run[@]}" --mini-batch 4 --steps 2
for folder in "${references[@]}"; do
  part "$(basename "$folder") against PyTorch" graphpipe verify "$folder/model.onnx" --reference "$folder" "${run[@]}"
done
part "Step time against the prediction" graphpipe bench "$work/model.onnx" "${run[@]}" --mini-batch 4 --steps "$steps" --warm-up 1

printf '\n## Launches, copies, overlap\n\n' >> "$report"
dotnet "$bin/GraphPipe.Benchmarks.dll" gpu "${driver[@]}" --devices "$devices" "${small[@]}" >> "$report" || { failed=1; printf '\n**failed**\n' >> "$report"; }
echo "report: $report" >&2
exit $failed
