vcl 4.1;
# Varnish 7 between a proxy that ends TLS (hitch, HAProxy) and the server. It keeps the page's own files and nothing of a room:
#   varnishd -a 127.0.0.1:6081,PROXY -f /etc/varnish/fleeting.vcl -p send_timeout=86400
# PROXY: who ends TLS hands each member's address over. send_timeout: unless told it cuts whatever takes longer than ten minutes.
# Beside it, in the server's settings: FLEETING_TRUSTED_PROXIES=127.0.0.1,::1
# Under a path beside something else: put it in front of `/assets/`, and FLEETING_BASE_PATH=/files
backend fleeting {
    .host = "127.0.0.1";
    .port = "8000";
    # Open pages get a heartbeat each 15 s; a long upload gets no answer until its end.
    .first_byte_timeout = 1d;
    .between_bytes_timeout = 5m;
}
sub vcl_recv {
    # Only this proxy may say over which scheme a request came. Varnish adds the member's address to X-Forwarded-For by itself.
    set req.http.X-Forwarded-Proto = "https";
    # A page that is closed leaves its room at once; passed, it would with the next heartbeat.
    if (req.url ~ "/events(\?|$)") {
        return (pipe);
    }
    if (req.url !~ "^/assets/") {
        return (pass);
    }
}
sub vcl_pipe {
    # Behind it nothing else may come over the same connection, unseen and with whatever address it claims.
    set bereq.http.Connection = "close";
}
