#pragma once

#include "base/clock.hpp"
#include "crypto/hmac.hpp"
#include "domain/links.hpp"
#include "ports/blob_store.hpp"
#include "ports/metadata_store.hpp"
#include "service/byte_sink.hpp"
#include "service/deliveries.hpp"
#include "service/link_keys.hpp"
#include "service/linked_files.hpp"
#include "service/room_service.hpp"

#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace fleeting {

struct DownloadParts {
    MetadataStore& store;
    BlobStore& blobs;
    Clock const& clock;
    LinkedFiles& linked_files;
    LiveUploads& live;
    Cutoffs& cutoffs;
    Deliveries& deliveries;
    LinkKeys const& link_keys;
};

/// What a link is bound to: the credential as it was presented (a token's text, or the Authorization value).
Sha256 link_binding(std::string_view credential);

/// Strong, with quotes: a file's bytes never change once they are there, so its id says which they are, before and after it is
/// complete.
std::string etag_of(FileEntry const& file);

/// A credential that a caller presents with a link.
struct LinkBearer {
    Sha256 binding;
    std::variant<SessionToken, std::string> caller;  ///< the token, or the user name of HTTP Basic
};

/// An open file, and who it is for.
struct Download {
    std::shared_ptr<LinkedFile const> file;
    TokenHash session;
    std::shared_ptr<Cutoff const> cutoff;  ///< of that session
};

/// Downloads by signed link (10 s, bound to room, file and the caller's credential) or straight for an admitted caller.
/// Thread-safe.
class DownloadService {
public:
    explicit DownloadService(DownloadParts parts) : parts_(parts) {}

    /// A path that works for 10 s for whoever presents the same credential.
    /// binding   `link_binding` of what the caller presented
    /// errors    unavailable (as LinkKeys::newest)
    [[nodiscard]] Result<std::string> sign(LinkedFile const& file, Sha256 binding) const;
    /// An address past this server that works for 10 s for whoever has it; nothing where the store gives none, or not yet.
    /// disposition   the whole `Content-Disposition` that the bytes are to come with
    [[nodiscard]] std::optional<std::string> direct_link(LinkedFile const& file, std::string disposition) const;
    /// Judges a link, once. `bearers`: each credential the caller presented, any may match.
    /// errors    link_invalid (also of a member who was removed, and where the file or room is gone), link_expired
    Task<Download> open_link(ParsedLink link, std::vector<LinkBearer> bearers);
    /// errors    not_found
    Task<Download> open(Admission const& admission, std::string name);
    Task<Download> open(Admission const& admission, FileId id);
    /// Sends a file that is still going up, from `from` to `end` (nothing: its end, wherever that will be), as its bytes come.
    /// errors    cancelled (the upload was removed, or ended before `end`), those of the sink
    Task<> send_behind(std::shared_ptr<LinkedFile const> file, ByteOffset from, std::optional<ByteOffset> end, ByteSink& sink);

private:
    Task<> look_behind(LinkedFile const& file);
    Task<std::shared_ptr<LinkedFile const>> load_growing(FileEntry file, Room const& room);
    Task<std::shared_ptr<LinkedFile const>> load_linked(FileId id, Instant now);
    Task<std::shared_ptr<LinkedFile const>> load_anywhere(FileId id, Instant now);
    Task<Download> open_entry(Admission const& admission, FileEntry entry);
    Task<std::shared_ptr<LinkedFile const>> load(FileEntry file, Room const& room);
    Task<> require_member(RoomId room, TokenHash session);

    DownloadParts parts_;
};

}  // namespace fleeting
