#pragma once

#include "async/task.hpp"
#include "base/clock.hpp"
#include "ports/direct_uploads.hpp"

namespace fleeting {

/// How long a claim lives by itself, and how often who works on it extends it.
struct DirectClaimTimes {
    // A node that died is waited for so long; and no longer than a caller waits for another who completes.
    Milliseconds lifetime{15'000};
    Milliseconds extended_each{5'000};
};

/// The right to complete one direct upload. It runs out soon after its holder died, and is extended while that is at work,
/// however long a store takes.
class DirectClaim {
public:
    /// errors    those of DirectUploadStore::claim_direct_upload
    static Task<DirectClaim> take(DirectUploadStore& store, Clock const& clock, DirectClaimTimes times, BlobKey blob);

    /// Extends it until `work` is done; returns what that does.
    Task<> hold_during(Task<> work);
    /// Gives it back; `forget_parts` as DirectUploadStore has it.
    Task<> release(bool forget_parts);

private:
    DirectClaim(DirectUploadStore& store, Clock const& clock, DirectClaimTimes times, BlobKey blob, Instant until)
        : store_(&store), clock_(&clock), times_(times), blob_(blob), until_(until)
    {
    }

    DirectUploadStore* store_;
    Clock const* clock_;
    DirectClaimTimes times_;
    BlobKey blob_;
    Instant until_;
};

}  // namespace fleeting
