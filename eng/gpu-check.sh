#!/usr/bin/env bash
# Checks GraphPipe on the GPUs of this machine and writes one report: correctness, step time against the prediction, launches, copies, overlap.
#
#   eng/gpu-check.sh [--devices cuda:0,1] [--reference DIR]... [--cuda-driver PATH] [--report FILE]
#   eng/gpu-check.sh --mock            the same on the mock driver of tests/GraphPipe.MockCuda: proves this script, not a GPU; its times mean nothing
#
# --devices    devices of the pipeline, two at least, one stage each; cuda:all for every GPU (two virtual devices where there is one).
#              Default cuda:0x2, and on the mock cuda:0,1
# --reference  a folder with model.onnx and a recorded PyTorch run; without one, GPUs are compared with each other and with the CPU only
# --report     default gpu-report.md
# A step must take between 2/3 and 3/2 of its prediction (not on the mock), and losses be the CPU's to 1e-4.
# Exit codes: 0 everything agrees; 1 something does not, or fails, or there is no GPU; the report says what.
set -uo pipefail
cd "$(dirname "$0")/.."
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1

mock=0 devices="" driver=() report=gpu-report.md references=()
usage() { sed -n '2,14p' "$0" >&2; exit 1; }
while [ $# -gt 0 ]; do
  case "$1" in
    --mock) mock=1 ;;
    --devices) devices="$2"; shift ;;
    --cuda-driver) driver=(--cuda-driver "$2"); shift ;;
    --reference) references+=("$2"); shift ;;
    --report) report="$2"; shift ;;
    *) usage ;;
  esac
  shift
done

options=() small=() steps=20
if [ "$mock" -eq 1 ]; then
  driver=(--cuda-driver "$(tests/GraphPipe.MockCuda/build.sh | tail -n 1)") || exit 1
  devices=${devices:-cuda:0,1} small=(--small) steps=2
  options+=(--stall-timeout 600)
fi

dotnet build tests/GraphPipe.Benchmarks -c Release -v quiet >&2 || exit 1
[ "$mock" -eq 1 ] || dotnet build tests/GraphPipe.Tests.Cuda -c Release -v quiet >&2 || exit 1
bin=tests/GraphPipe.Benchmarks/bin/Release/net10.0
graphpipe() { dotnet "$bin/graphpipe.dll" "$@"; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
graphpipe doctor "${driver[@]}" > "$work/doctor" 2>&1
usable=$(sed -n 's/^  cuda:\([0-9]*\) .*; products run on \(cuBLAS\|GraphPipe\).*/\1/p' "$work/doctor")
if [ "$devices" = cuda:all ]; then
  devices=cuda:$(paste -sd, <<< "$usable")
  [[ "$devices" == *,* ]] || devices="${devices}x2"
fi
devices=${devices:-cuda:0x2}
case "$devices" in
  *x*) stages=${devices##*x} ;;
  *) stages=$(awk -F, '{ print NF }' <<< "$devices") ;;
esac
# One stage would be compared with itself.
[[ "$stages" =~ ^[0-9]+$ ]] && [ "$stages" -ge 2 ] || { echo "$devices are no two devices at least" >&2; usage; }

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

# What doctor finds; no GPU that works is a failure here.
found() { cat "$work/doctor"; [ -n "$usable" ]; }

# Five steps on the devices and on one CPU device: from the second on a loss is that of updated weights, so gradients and updates are compared too.
against_cpu() {
  local step=(train "$work/model.onnx" --data synthetic --mini-batch 4 --micro-batches 2 --steps 5)
  graphpipe "${step[@]}" "${driver[@]}" "${options[@]}" --devices "$devices" --stages "$stages" --log "$work/gpu.jsonl" > "$work/log" 2>&1 || { cat "$work/log"; return 1; }
  graphpipe "${step[@]}" --devices cpu:1 --stages 1 --log "$work/cpu.jsonl" > "$work/log" 2>&1 || { cat "$work/log"; return 1; }
  paste <(losses "$work/gpu.jsonl") <(losses "$work/cpu.jsonl") | awk '
    { d = $1 - $2; d = d < 0 ? -d : d; size = $2 < 0 ? -$2 : $2; error = d / (size > 1e-6 ? size : 1e-6); bad += NF != 2 || !(error <= 1e-4)
      printf "step %d: loss %s on the GPU, %s on the CPU, relative error %.2g\n", NR, $1, $2, error }
    END { exit bad > 0 || NR != 5 }'
}
losses() { sed -n '/"event":"step"/s/.*"loss":\([^,}]*\).*/\1/p' "$1"; }

# The step against what the simulator makes of the measured times of its parts.
bench() {
  local output
  output=$(graphpipe bench "$work/model.onnx" "$@") || { echo "$output"; return 1; }
  echo "$output"
  [ "$mock" -eq 1 ] || awk '/ ms a step / { match($0, /predicted [0-9.]+/); share = $1 / substr($0, RSTART + 10, RLENGTH - 10); printf "%.2f of the prediction\n", share; good = share > 2 / 3 && share < 1.5 } END { exit !good }' <<< "$output"
}

{
  echo "# GPU check, $(date -u +%Y-%m-%d)"
  echo
  echo "$(uname -srm); commit $(git rev-parse --short HEAD 2>/dev/null || echo unknown); devices $devices"
  [ "$mock" -eq 0 ] || printf '\n**On the mock driver: it proves the script. No time below means anything.**\n'
} > "$report"

part "Devices" found
# On the mock these tests run with all others.
kernels=(-class GraphPipe.Tests.Cuda.Runtime.CudaKernelTests -class GraphPipe.Tests.Cuda.Runtime.CircularFunctionTests -class GraphPipe.Tests.Cuda.Runtime.ValueFaultTests)
[ "$mock" -eq 1 ] || part "Every kernel against the CPU's" env "GRAPHPIPE_CUDA_DRIVER=${driver[1]:-libcuda.so.1}" \
  dotnet tests/GraphPipe.Tests.Cuda/bin/Release/net10.0/GraphPipe.Tests.Cuda.dll -noColor "${kernels[@]}"
graphpipe models build dlrm-small -o "$work/model.onnx" >&2 || failed=1
run=("${driver[@]}" "${options[@]}" --devices "$devices" --stages "$stages" --micro-batches 2)
part "Pipeline against one stage, bit by bit" graphpipe verify "$work/model.onnx" "${run[@]}" --mini-batch 4 --steps 2
part "Losses against the CPU's" against_cpu
for folder in "${references[@]}"; do
  part "$(basename "$folder") against PyTorch" graphpipe verify "$folder/model.onnx" --reference "$folder" "${run[@]}"
done
part "Step time against the prediction" bench "${run[@]}" --mini-batch 4 --steps "$steps" --warm-up 1

printf '\n## Launches, copies, overlap\n\n' >> "$report"
dotnet "$bin/GraphPipe.Benchmarks.dll" gpu "${driver[@]}" --devices "$devices" "${small[@]}" >> "$report" || { failed=1; printf '\n**failed**\n' >> "$report"; }
echo "report: $report" >&2
exit $failed
