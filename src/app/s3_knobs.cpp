#include "app/s3_knobs.hpp"

#include "app/knob_checks.hpp"
#include "app/knob_kinds.hpp"

namespace fleeting::app {

std::vector<Knob> s3_knobs()
{
    using s3::Transfer;
    return {
        {"s3-bucket",
         text("empty for files in data-dir, or a bucket's name", is_bucket_or_empty,
              [](auto& s) -> auto& { return s.s3.bucket; }),
         "S3's own rules for names",
         "The bucket that files are kept in. It must be private; this installation's nodes share it."},
        {"s3-endpoint",
         text("empty for Amazon's in that region, or like https://s3.example:9000", is_origin_or_empty,
              [](auto& s) -> auto& { return s.s3.endpoint; }),
         "", "The S3-compatible store. Over http:// bodies are signed, but can be read on the way."},
        {"s3-region", text("a name", is_region, [](auto& s) -> auto& { return s.s3.region; }), "it is part of every signature",
         "The bucket's region."},
        {"s3-prefix",
         text("empty, or letters, digits and - _ . / with a slash at its end", is_object_prefix,
              [](auto& s) -> auto& { return s.s3.prefix; }),
         "it stands in addresses as it is",
         "Where in the bucket. It belongs to one installation alone: what lies there under names like ours and isn't in its database "
         "is erased."},
        {"s3-access-key",
         text("empty for AWS_ACCESS_KEY_ID, or the container's or the instance's role", is_anything,
              [](auto& s) -> auto& { return s.s3.access_key; }),
         "", "The store's access key.", true},
        {"s3-secret-key", text("together with s3-access-key", is_anything, [](auto& s) -> auto& { return s.s3.secret_key; }), "",
         "Its secret.", true},
        {"s3-path-style", choice<bool>({{"on", true}, {"off", false}}, [](auto& s) -> auto& { return s.s3.path_style; }), "",
         "On: https://endpoint/bucket. Off: https://bucket.endpoint, as Amazon wants it."},
        {"s3-ca-file",
         text("a PEM file; empty for the system's authorities", is_anything, [](auto& s) -> auto& { return s.s3.ca_file; }), "",
         "Who vouches for the store's certificate."},
        {"s3-transfer",
         choice<Transfer>({{"direct", Transfer::direct}, {"proxy", Transfer::proxy}},
                          [](auto& s) -> auto& { return s.s3.transfer; }),
         "",
         "How downloads go. direct: from the store to the member by an address that lives 10 s, past this server, which can't cut one "
         "that has begun. proxy: through this server, where members can't reach the store, or every download must be cut in time."},
        {"s3-buffers", bytes({16ULL << 20}, {1ULL << 40}, [](auto& s) -> auto& { return s.s3.buffers; }),
         "less makes many small objects of an upload, more must be free",
         "Memory that uploads on their way to the store take together."},
    };
}

}  // namespace fleeting::app
