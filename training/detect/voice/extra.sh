#!/bin/sh
# Step 0 of the voice net: recorded speech from Debian packages, unpacked and not installed. Licences lie in each package
# (usr/share/doc/*/copyright): CC BY-SA 3.0, CC BY 3.0 and GPL. Nothing of it is kept in the repository.
#   sh extra.sh .cache/voice-extra
set -e
mkdir -p "$1" && cd "$1"
for name in asterisk-core-sounds-en-g722 asterisk-core-sounds-es-g722 asterisk-core-sounds-fr-g722 \
  asterisk-core-sounds-it-g722 asterisk-core-sounds-ru-g722 fillets-ng-data-cs fillets-ng-data-nl ktuberling-data klettres-data tuxpaint-stamps-default; do
  apt-get download "$name"
  mkdir -p "$name"
  dpkg-deb -x "$name"_*.deb "$name"
done
