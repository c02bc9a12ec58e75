#!/bin/sh
# composed.sh
#
# Ends with 0 while the stack in containers is up. Asks Docker only where `make secrets` has set it
# up, so that others wait for nothing.
[ -s secrets/redis_password ] && command -v docker >/dev/null &&
    [ -n "$(docker compose ps --status running --quiet redis 2>/dev/null)" ]
