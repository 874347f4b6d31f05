#pragma once

#include "base/result.hpp"

#include <string>
#include <string_view>

namespace fleeting {

/// A room's name in its two forms.
struct RoomName {
    std::string key;      ///< NFKC case fold: what is compared
    std::string display;  ///< NFC: what is shown
};

/// 1–64 characters (code points of the key): letters and digits of every script (and their combining marks), `-`, `_`, `.`;
/// not only dots; not a reserved word (`api`, `d`, `assets`, `healthz`, …).
/// errors    invalid_name (field "name")
Result<RoomName> parse_room_name(std::string_view text);

/// A file's name with its relative folder, NFC: valid UTF-8, no control characters, no empty, `.` or `..` segment, each segment
/// at most 255 bytes, the folder at most 960 and all of it at most 1,024, no leading or trailing `/`.
/// errors    invalid_name (field "filename")
Result<std::string> parse_file_name(std::string_view text);

/// `notes.pdf` → `notes (2).pdf`, `a/b.tar.gz` → `a/b (2).tar.gz`; still within parse_file_name's bounds.
std::string numbered_name(std::string_view name, unsigned n);

/// 1–40 characters of any script, spaces inside allowed, trimmed, no control characters, NFC.
/// errors    invalid_name (field "nickname")
Result<std::string> parse_nickname(std::string_view text);

/// 8–1,024 bytes after NFC, no NUL. Returns the NFC form: what is hashed.
/// errors    invalid_password (field "password")
Result<std::string> parse_password(std::string_view text);

/// A media type's form (`type/subtype`, ASCII, ≤ 127 bytes), else `application/octet-stream`.
std::string to_media_type(std::string_view text);

}  // namespace fleeting
