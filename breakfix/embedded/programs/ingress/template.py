"""The text of an ingress controller's nginx.conf that no Ingress changes."""

from __future__ import annotations

BALANCER = "upstream_balancer"
LOG_FORMAT = (
    '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent '
    '"$http_referer" "$http_user_agent" $request_length $request_time [$proxy_upstream_name] '
    "[$proxy_alternative_upstream_name] $upstream_addr $upstream_response_length "
    "$upstream_response_time $upstream_status $req_id"
)
HTTP = f"""
daemon off;
worker_processes 4;
worker_shutdown_timeout 240s ;
events {{
    multi_accept        on;
    worker_connections  16384;
    use                 epoll;
}}
http {{
    default_type text/html;
    server_tokens off;
    keepalive_timeout 75s;
    client_max_body_size 1m;
    server_name_in_redirect off;
    port_in_redirect off;
    log_format upstreaminfo '{LOG_FORMAT}';
    access_log /var/log/nginx/access.log upstreaminfo;
    error_log /var/log/nginx/error.log notice;
    map $http_host $best_http_host {{
        default $http_host;
        '' $host;
    }}
    map $http_x_request_id $req_id {{
        default $http_x_request_id;
        '' $request_id;
    }}
    map $scheme $hsts {{
        default '';
        https 'max-age=31536000; includeSubDomains';
    }}
    upstream {BALANCER} {{
        server 0.0.0.1; # placeholder
    }}
"""
END = """
    # default server, used for NGINX healthcheck and access to nginx stats
    server {
        listen 127.0.0.1:10246;
        set $proxy_upstream_name "internal";
        access_log off;
        location /healthz {
            return 200;
        }
        location / {
            return 404;
        }
    }
    # backend for when default-backend-service is not configured or it does not have endpoints
    server {
        listen 8181 default_server reuseport backlog=511;
        set $proxy_upstream_name "internal";
        access_log off;
        location / {
            return 404;
        }
    }
}
"""
HEADERS = """
            proxy_set_header X-Request-ID $req_id;
            proxy_set_header X-Real-IP $remote_addr;
            proxy_set_header X-Forwarded-For $remote_addr;
            proxy_set_header X-Forwarded-Host $best_http_host;
            proxy_set_header X-Forwarded-Port $server_port;
            proxy_set_header X-Forwarded-Proto $scheme;
            proxy_set_header X-Forwarded-Scheme $scheme;
            proxy_set_header X-Scheme $scheme;
            proxy_set_header X-Original-Forwarded-For $http_x_forwarded_for;
            proxy_set_header Proxy "";
            proxy_http_version 1.1;"""
