#!/bin/sh
# certificates.sh FOLDER HOST...
#
# An authority of your own, and a certificate for Redis under the names or addresses HOST, for ten
# years. Needs openssl. Keeps an authority that is there.
set -eu

if [ $# -lt 2 ]; then
    echo "certificates.sh FOLDER HOST...: which names or addresses has Redis?" >&2
    exit 2
fi
folder=$1
shift
mkdir -p "$folder"
chmod 700 "$folder"
names=
for host in "$@"; do
    case $host in
    *[!0-9.]*) kind=DNS ;;
    *) kind=IP ;;
    esac
    names=${names:+$names,}$kind:$host
done
cd "$folder"
if [ ! -s redis_ca.crt ]; then
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 3650 \
        -subj "/CN=videobatch" -keyout redis_ca.key -out redis_ca.crt 2>/dev/null
    chmod 400 redis_ca.key
fi
rm -f redis.key redis.crt
openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj "/CN=redis" \
    -keyout redis.key -out redis.csr 2>/dev/null
printf 'subjectAltName=%s\n' "$names" >redis.ext
openssl x509 -req -in redis.csr -CA redis_ca.crt -CAkey redis_ca.key -CAcreateserial -days 3650 \
    -extfile redis.ext -out redis.crt 2>/dev/null
rm -f redis.csr redis.ext
# Containers run as other users; the folder keeps others out.
chmod 444 redis.key redis.crt redis_ca.crt
echo "wrote redis_ca.crt, redis.crt and redis.key to $folder for $names"
