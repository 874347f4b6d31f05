vcl 4.1;
# Varnish 7 between a proxy that ends TLS (hitch, HAProxy) and the server. It keeps the page's own files and nothing of a room:
#   varnishd -a 127.0.0.1:6081,PROXY -f /etc/varnish/fleeting.vcl -p pipe_timeout=3600
# PROXY: who ends TLS hands each member's address over. pipe_timeout: unless told it cuts whoever pauses for a minute.
# Beside it, in the server's settings: FLEETING_TRUSTED_PROXIES=127.0.0.1,::1
# Under a path beside something else: put it in front of `/assets/`, and FLEETING_BASE_PATH=/files
backend fleeting {
    .host = "127.0.0.1";
    .port = "8000";
}
sub vcl_recv {
    # Only this proxy may say over which scheme a request came. Varnish adds the member's address to X-Forwarded-For by itself.
    set req.http.X-Forwarded-Proto = "https";
    # Piped, not passed: Varnish would take a file faster than its receiver does, keep it, and send it when its room has long ended.
    if (req.url !~ "^/assets/") {
        return (pipe);
    }
}
sub vcl_pipe {
    # Behind it nothing else may come over the same connection, unseen and with whatever address it claims.
    set bereq.http.Connection = "close";
}
