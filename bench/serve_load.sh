#!/usr/bin/env bash
# Load on ./mnist serve, by wrk on this machine: 1, 8 and 64 connections for each kind of request.
#
#     bench/serve_load.sh [SECONDS]        # 30 for each measurement by default; wrk and python3 are needed
#
# Prints a table in Markdown, the server's memory before and after, and then the latency of small requests while one photo of 20
# million pixels after another is read. Builds nothing: run ./mnist --help once before. OMP_NUM_THREADS=1 is set unless it is set
# already: each request is computed by one thread, and as many requests at a time as there are processors.
set -euo pipefail
cd "$(dirname "$0")/.."
seconds=${1:-30}
command -v wrk > /dev/null || { echo "wrk is missing: apt-get install wrk" >&2; exit 1; }
work=$(mktemp -d)
server=
photos=
finish() {
  [ -z "$photos" ] || kill "$photos" 2> /dev/null || true
  [ -z "$server" ] || kill "$server" 2> /dev/null || true
  rm -rf "$work"
}
trap finish EXIT

# the same 28x28 image in three forms, and a photo of 20 million pixels with digits on it
python3 - "$work" << 'PYTHON'
import json, struct, sys, zlib
folder = sys.argv[1]
image = bytearray(784)
for y in range(5, 9):                                   # a 7
    for x in range(8, 20):
        image[28 * y + x] = 250
for y in range(8, 24):
    for x in range(3):
        image[28 * y + 18 - (y - 8) // 2 + x] = 250

def png(width, height, rows):
    def chunk(kind, data):
        return struct.pack('>I', len(data)) + kind + data + struct.pack('>I', zlib.crc32(kind + data))
    head = struct.pack('>IIBBBBB', width, height, 8, 0, 0, 0, 0)
    return b'\x89PNG\r\n\x1a\n' + chunk(b'IHDR', head) + chunk(b'IDAT', zlib.compress(rows)) + chunk(b'IEND', b'')

open(folder + '/bytes', 'wb').write(image)
open(folder + '/png', 'wb').write(png(28, 28, b''.join(b'\0' + image[28 * y:28 * y + 28] for y in range(28))))
json.dump({'inputs': [{'name': 'images', 'shape': [1, 784], 'datatype': 'UINT8', 'data': list(image)}]},
          open(folder + '/json', 'w'))
width, height, scale = 5000, 4000, 20
photo = bytearray(b'\xf0' * (width * height))
for row in range(3):
    for column in range(5):
        for y in range(28 * scale):
            for x in range(0, 28 * scale):
                v = image[28 * (y // scale) + x // scale]
                if v:
                    photo[width * (500 + 1100 * row + y) + 300 + 900 * column + x] = 40
open(folder + '/photo', 'wb').write(png(width, height, b''.join(b'\0' + photo[width * y:width * (y + 1)] for y in range(height))))
PYTHON

for kind in bytes:/v1/classify:application/octet-stream png:/v1/classify:image/png \
  json:/v2/models/mnist/infer:application/json; do
  IFS=: read -r name _ type <<< "$kind"
  cat > "$work/$name.lua" << LUA
local file = io.open("$work/$name", "rb")
wrk.method = "POST"
wrk.body = file:read("*a")
wrk.headers["Content-Type"] = "$type"
LUA
done

export OMP_NUM_THREADS=${OMP_NUM_THREADS:-1}
./mnist serve --port 0 --quiet > "$work/address" &
server=$!
until [ -s "$work/address" ]; do kill -0 $server; sleep 0.2; done
address=$(cat "$work/address")
memory() { awk '/VmRSS/ { printf "%d MB", $2 / 1024 }' "/proc/$server/status"; }

# load NAME PATH CONNECTIONS SECONDS: a row of the table
load() {
  wrk -t "$(($3 < 2 ? 1 : 2))" -c "$3" -d "$4" --latency -s "$work/$1.lua" "${address%/}$2" > "$work/out"
  awk -v name="$1" -v connections="$3" '
    /50%/ { p50 = $2 } /99%/ { p99 = $2 } /requests in/ { all = $1 } /Requests\/sec/ { rate = $2 }
    /Socket errors/ { errors += $4 + $6 + $8 + $10 } /Non-2xx/ { errors += $NF }
    END { printf "| %s | %d | %.0f | %s | %s | %d | %d |\n", name, connections, rate, p50, p99, errors, all }' "$work/out"
}

load bytes /v1/classify 8 5 > /dev/null # the JVM compiles
echo "memory before: $(memory)"
echo
echo "| request | connections | requests/s | p50 | p99 | errors | requests |"
echo "| --- | --- | --- | --- | --- | --- | --- |"
for connections in 1 8 64; do
  load bytes /v1/classify $connections "$seconds"
  load png /v1/classify $connections "$seconds"
  load json /v2/models/mnist/infer $connections "$seconds"
done
echo
echo "memory after: $(memory)"
(while curl -s -o /dev/null -H 'Content-Type: image/png' --data-binary @"$work/photo" "${address}v1/read"; do :; done) &
photos=$!
sleep 2
echo
echo "while photos of 20 million pixels are read, one after the other:"
echo
echo "| request | connections | requests/s | p50 | p99 | errors | requests |"
echo "| --- | --- | --- | --- | --- | --- | --- |"
load bytes /v1/classify 8 "$seconds"
echo
echo "memory at the end: $(memory)"
