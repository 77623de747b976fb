#!/bin/sh
# Make what is secret of an installation with compose, each in a file of its own below deploy/secrets; what is there stays.
set -eu
cd "$(dirname "$0")"
umask 077
mkdir -p secrets
# The directory is ours alone; the files in it are read by the users of the containers, which are others.
chmod 0700 secrets

keep() {  # keep <name>: write the standard input into a file, unless there is one
  if [ -s "secrets/$1" ]; then cat > /dev/null; else cat > "secrets/$1"; chmod 0444 "secrets/$1"; echo "made secrets/$1"; fi
}
random() { od -An -N32 -tx1 /dev/urandom | tr -d ' \n'; }

for name in postgres_password owner_password application_password redis_password metrics_token s3_secret_key; do
  random | keep "$name"
done
{ random; random; } | keep secret_key
printf hub | keep s3_access_key
openssl genpkey -quiet -algorithm RSA -pkeyopt rsa_keygen_bits:3072 2> /dev/null | keep token_key
printf 'postgres://hub_owner:%s@postgres:5432/datahub' "$(cat secrets/owner_password)" | keep owner_database_url
printf 'postgres://hub_application:%s@postgres:5432/datahub' "$(cat secrets/application_password)" | keep database_url
printf 'redis://:%s@redis:6379/0' "$(cat secrets/redis_password)" | keep redis_url
[ -s secrets/tls.crt ] && [ -s secrets/tls.key ] || echo "put the certificate's tls.crt and tls.key into $(pwd)/secrets"
