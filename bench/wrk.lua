-- What a run of wrk saw, as the line of JSON that bench_http prints.
done = function(summary, latency, requests)
    local errors = summary.errors
    io.write(string.format('{"requests": %d, "refused": %d, "bytes": %d, "seconds": %.6f}\n', summary.requests,
        errors.connect + errors.read + errors.write + errors.status + errors.timeout, summary.bytes, summary.duration / 1e6))
end
