#!/bin/sh
# SPDX-License-Identifier: MIT
# The other side of the benchmark: nginx on free loopback ports, answering fixed replies. It ends
# when its caller ends it, or after half an hour by itself.
#
#   serve.sh <folder>    the folder must exist; afterwards it holds
#     url                  where it listens
#     url.tls, url.http2   the same over TLS: HTTP/1.1 only; HTTP/2 for who asks
#     ca.pem               whose certificate those show
#     pid                  what to kill
#     requests.log         the first request of every connection, to compare clients by
#
# Account 2 and every account with a long id have 2 users, account 100 has 100.
set -eu
dir=$1

user='{"id":"1972555232%06d","name":"System User %d","user_type":"SYSTEM_USER",'
user=$user'"business":{"id":"9876543210987654","name":"Example Business Inc"},"tasks":["MANAGE"]}'
cursors='{"before":"QVFIUmx1WTBpMGpJWXprYzVYaVhabW9","after":"QVFIUjJ5M2wwdmtONVFHbDZAMVQ4OGJB"}'

users() { # so many of them
  printf '{"data":['
  for i in $(seq "$1"); do
    [ "$i" = 1 ] || printf ','
    # shellcheck disable=SC2059
    printf "$user" "$i" "$i"
  done
  printf '],"paging":{"cursors":%s}}' "$cursors"
}

for count in 2 100; do
  mkdir -p "$dir/html/v26.0/$count"
  users "$count" > "$dir/html/v26.0/$count/assigned_users"
done

openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 \
  -subj "/CN=waba bench" -addext "subjectAltName=IP:127.0.0.1" \
  -keyout "$dir/key.pem" -out "$dir/ca.pem" 2> /dev/null

conf() { # to listen on that port and the two after it; the headers are those Graph sends
  cat << CONF
master_process off;
daemon off;
pid $dir/pid;
error_log $dir/error.log;
events { worker_connections 512; }
http {
  client_body_temp_path $dir/body;
  proxy_temp_path $dir/proxy;
  fastcgi_temp_path $dir/fastcgi;
  uwsgi_temp_path $dir/uwsgi;
  scgi_temp_path $dir/scgi;
  map \$connection_requests \$first { 1 1; default 0; }
  log_format request '\$request "\$http_authorization" "\$http_user_agent" "\$http_accept" '
                     '"\$http_content_type" \$content_length';
  access_log $dir/requests.log request if=\$first;
  keepalive_requests 10000000;
  open_file_cache max=8;
  open_file_cache_valid 1h;
  map \$uri \$account_usage {
    "~/(?<account>\d{9,})/" '{"\$account":[{"type":"whatsapp_business_management","call_count":1,"total_cputime":1,"total_time":1,"estimated_time_to_regain_access":0}]}';
    default "";
  }
  ssl_certificate $dir/ca.pem;
  ssl_certificate_key $dir/key.pem;
  server {
    listen 127.0.0.1:$1;
    listen 127.0.0.1:$(($1 + 1)) ssl;
    listen 127.0.0.1:$(($1 + 2)) ssl http2;
    root $dir/html;
    default_type "application/json; charset=UTF-8";
    add_header x-app-usage '{"call_count":1,"total_time":1,"total_cputime":1}';
    add_header x-business-use-case-usage \$account_usage;
    add_header x-fb-request-id AXsgnV2Cm3ZMGF3dF_cfYIn;
    add_header x-fb-trace-id GkZ7f2cQbXy;
    add_header facebook-api-version v26.0;
    if (\$request_method = POST) { return 200 '{"success":true}'; }
    location ~ "/\d{9,}/assigned_users\$" { return 200 '$(users 2)'; }
  }
}
CONF
}

for port in $(shuf -i 20000-32000 -n 20); do
  conf "$port" > "$dir/nginx.conf"
  rm -f "$dir/pid"
  timeout 1800 nginx -p "$dir" -e "$dir/error.log" -c "$dir/nginx.conf" > "$dir/nginx.out" 2>&1 &
  server=$!
  for _ in $(seq 50); do
    # Its pid file appears once it listens.
    if [ -s "$dir/pid" ]; then
      echo "http://127.0.0.1:$port" > "$dir/url"
      echo "https://127.0.0.1:$((port + 1))" > "$dir/url.tls"
      echo "https://127.0.0.1:$((port + 2))" > "$dir/url.http2"
      exit 0
    fi
    kill -0 "$server" 2> /dev/null || break
    sleep 0.1
  done
  kill "$server" 2> /dev/null || true
done
cat "$dir/nginx.out" >&2
exit 1
