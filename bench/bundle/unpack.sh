#!/bin/sh
# The kernels' test and the bench of pipeline-gpu in one file, for Linux on x64 with glibc; needs no network, no Node and no npm.
# usage: sh pipeline-gpu-bench.run [--quick] [--adapter NAME] [FILE.json]
# Unpacks itself into a temporary folder (TMPDIR says where; 300 MB), leaves one JSON file, and nothing else.
end() {
  echo "pipeline-gpu-bench: $1" >&2
  exit 2
}
[ "$(uname -s) $(uname -m)" = "Linux x86_64" ] || end "made for Linux x86_64; this is $(uname -s) $(uname -m)."
for tool in mktemp tail tar xz; do
  command -v "$tool" >/dev/null 2>&1 || end "$tool is missing. Install it with your system's packages (xz is in xz-utils or xz)."
done
folder=$(mktemp -d) || end "no temporary folder can be made. Set TMPDIR to a folder that you can write to."
trap 'rm -rf "$folder"' EXIT
trap 'exit 143' INT TERM HUP
case $folder in
*[#%?]*) end "$folder has #, % or ? in its name, which means something else where programs are loaded from. Set TMPDIR to another folder." ;;
esac
tail -n +@LINES@ "$0" | xz -dc | tar -xf - -C "$folder" || end "it cannot be unpacked into $folder: 300 MB are needed there. Set TMPDIR to a folder with more room."
node=$folder/node
# What a user has set for programs of theirs, and the repository of theirs where this may lie, are not ours.
export NODE_OPTIONS= NODE_PATH= GIT_CEILING_DIRECTORIES="$folder"
# The system's libraries come first: its drivers were made for them.
with() { export LD_LIBRARY_PATH="${LD_LIBRARY_PATH:+$LD_LIBRARY_PATH:}$folder/lib/$1"; }
loads() { "$node" -e 'try { process.dlopen({ exports: {} }, process.argv[1]) } catch (e) { process.exit(/self-register|napi_register/.test(e.message) ? 0 : 1) }' "$1" 2>/dev/null; }
dawn=$folder/package/node_modules/webgpu/dist/linux-x64/dawn.node
loads "$dawn" || with c++
loads "$dawn" || end "it does not start here: $("$node" -e 'require(process.argv[1])' "$dawn" 2>&1 | grep -m 1 -i -e glibc -e error -e denied). It needs glibc 2.34 or newer (Debian 12, Ubuntu 22.04, RHEL 9), and a TMPDIR where programs may run."
loads libvulkan.so.1 || with vulkan
export PIPELINE_CACHE="$folder/cache" MESA_SHADER_CACHE_DIR="$folder/cache" __GL_SHADER_DISK_CACHE_PATH="$folder/cache" XDG_CACHE_HOME="$folder/cache" TMPDIR="$folder/tmp"
mkdir "$folder/tmp"
"$node" --import "file://$folder/package/node_modules/tsx/dist/esm/index.mjs" "$folder/package/bench/bundle/all.ts" "$@" &
child=$!
# A shell waits for what runs in front of it before it takes a signal.
trap 'kill "$child"; wait "$child"; exit 143' INT TERM HUP
wait "$child"
exit
