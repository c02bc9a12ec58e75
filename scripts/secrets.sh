#!/bin/sh
# secrets.sh FOLDER
#
# Writes the passwords of the stack in containers, each into a file, once. Only who may enter the
# folder can read them; the files themselves are readable, since containers run as other users.
set -eu

folder=$1
mkdir -p "$folder"
chmod 700 "$folder"
for name in redis_password flower_password; do
    file=$folder/$name
    if [ -s "$file" ]; then
        echo "$file is there already"
        continue
    fi
    # Letters and digits alone: it becomes part of an address.
    LC_ALL=C tr -dc 'A-Za-z0-9' </dev/urandom | head -c 40 >"$file.new"
    chmod 444 "$file.new"
    mv "$file.new" "$file"
    echo "wrote $file"
done
