#!/usr/bin/env bash
# Builds the mock CUDA driver as a native shared library and prints its path as the last line.
# Exit codes: 0 built; 3 no C linker here (NativeAOT needs gcc or clang): tests skip with that reason; else the build's own.
set -euo pipefail
cd "$(dirname "$0")"
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1

if ! command -v clang >/dev/null && ! command -v gcc >/dev/null; then
  echo "no C linker: install gcc or clang to build the mock CUDA driver" >&2
  exit 3
fi

out="$PWD/out"
# An intermediate folder of its own, so that a build of the solution and this one do not disturb each other.
dotnet publish GraphPipe.MockCuda.csproj -c Release -r linux-x64 --nologo -v quiet \
  -p:BaseIntermediateOutputPath="$out/obj/" -p:BaseOutputPath="$out/bin/" -o "$out/lib" >&2
echo "$out/lib/GraphPipe.MockCuda.so"
