#!/bin/sh
# Step 0 as well: builds `fargan` in the given folder, from Debian's source of Opus 1.6.1 (suite sid; needs a deb-src line
# of that suite, or the file opus_1.6.1.orig.tar.xz in the folder). BSD licence; its weights are used, not kept.
#   sh fargan.sh .cache/fargan
set -e
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$1" && cd "$1"
[ -e opus_1.6.1.orig.tar.xz ] || apt-get source --download-only opus=1.6.1-1
echo "001ac615b9f8f8994b229ad2b1a5969ed12ab48b0d154d0af1016a5899cd6ba1  opus_1.6.1.orig.tar.xz" | sha256sum -c
mkdir -p opus && tar xf opus_1.6.1.orig.tar.xz -C opus --strip-components 1 && cd opus
CFLAGS=-O2 ./configure --enable-deep-plc --enable-dred --disable-shared --disable-doc --disable-extra-programs
make
cc -O2 -DHAVE_CONFIG_H -I. -Iinclude -Icelt -Isilk -Idnn "$here/fargan.c" .libs/libopus.a -lm -o ../fargan
