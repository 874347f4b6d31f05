#pragma once

#include "base/units.hpp"

#include <string>

namespace fleeting::s3 {

/// How the bytes of a file go between a member and the store.
enum class Transfer : std::uint8_t {
    direct,  ///< downloads by presigned URL, past this server
    proxy,   ///< all through this server: for a store that browsers can't reach
};

struct Settings {
    std::string endpoint;  ///< https://s3.eu-central-1.amazonaws.com, without a path
    std::string bucket;
    std::string region = "us-east-1";
    std::string prefix;      ///< before every object key, with the slash it ends in
    std::string access_key;  ///< empty: from the environment, or the machine's role
    std::string secret_key;
    bool path_style = true;  ///< https://endpoint/bucket/key, not https://bucket.endpoint/key
    std::string ca_file;     ///< PEM; empty: the system's
    Transfer transfer = Transfer::direct;
    ByteCount buffers{256ULL << 20};  ///< what uploads on their way may hold in memory together
};

}  // namespace fleeting::s3
