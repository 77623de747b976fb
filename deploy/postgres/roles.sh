#!/bin/sh
# Run once by the image of PostgreSQL, when its data is made: the role that owns the tables, the one that works, the database.
set -eu
psql --no-psqlrc --set ON_ERROR_STOP=1 --username "${POSTGRES_USER:-postgres}" --dbname postgres \
  --set owner="$(cat "${SECRETS:-/run/secrets}/owner_password")" \
  --set application="$(cat "${SECRETS:-/run/secrets}/application_password")" << 'SQL'
CREATE ROLE hub_owner LOGIN PASSWORD :'owner';
CREATE ROLE hub_application LOGIN PASSWORD :'application';
CREATE DATABASE datahub OWNER hub_owner TEMPLATE template0 ENCODING 'UTF8';
REVOKE CONNECT ON DATABASE datahub FROM PUBLIC;
GRANT CONNECT ON DATABASE datahub TO hub_owner;
SQL
