#!/bin/sh
# audit.sh PIP-AUDIT LOCK
#
# Looks the locked packages up in the advisory service. Ends with 1 if one of them has a known
# weakness. Where the service cannot be reached it says so, and ends with 0.
set -u

if said=$("$1" --progress-spinner off --require-hashes --disable-pip -r "$2" 2>&1); then
    unknown=$(printf '%s\n' "$said" | grep -c 'could not be audited')
    all=$(grep -c '==' "$2")
    echo "pip-audit: no known weakness in the $((all - unknown)) of $all packages that it could look up"
    exit 0
fi
case $said in
*ConnectionError* | *ServiceError* | *'Max retries'* | *'timed out'*)
    echo "pip-audit: the advisory service cannot be reached; nothing was looked up"
    exit 0
    ;;
esac
printf '%s\n' "$said"
exit 1
