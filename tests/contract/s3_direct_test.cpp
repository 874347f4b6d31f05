// Which multipart uploads the sweep and an erasure end, and which they leave: the bucket is Ceph's, the rows are in each
// database.

#include "metadata_backends.hpp"
#include "s3/s3_blobs.hpp"
#include "support/ceph_server.hpp"

namespace fleeting {
namespace {

template <class Backend>
class S3DirectSweep : public MetadataStoreContract<Backend> {
protected:
    /// Rows of a file, named with that upload of the store.
    void name(FileEntry const& file, std::string upload_id)
    {
        ASSERT_TRUE(run_blocking(this->store().add_direct_upload({file.blob, std::move(upload_id), {100}})));
        ASSERT_TRUE(run_blocking(this->store().create_file(file, kNow)));
    }
    void sweep() { ASSERT_TRUE(run_blocking(s3::sweep_multiparts(depot_, soon()))); }
    std::vector<std::string> uploads()
    {
        auto ids = std::vector<std::string>{};
        auto const begun = run_blocking(depot_.objects.list_multiparts(depot_.names.prefix(), soon()));
        for (auto const& upload : *begun)
            ids.push_back(upload.id);
        return ids;
    }
    FileEntry direct_file(std::string name)
    {
        auto file = this->file_in(room_, std::move(name), 250);
        file.is_direct = true;
        return file;
    }

    Room room_ = this->open_room("lab");
    s3::Depot depot_{CephServer::shared().make_bucket(), this->store(), this->store()};
    s3::S3Direct direct_{depot_};

private:
    /// Later than all that was begun.
    static Instant soon() { return std::chrono::time_point_cast<Milliseconds>(std::chrono::system_clock::now()) + Seconds{3600}; }
};

TYPED_TEST_SUITE(S3DirectSweep, MetadataBackends);

// A call that begins an upload is made again when its answer is lost, and then there are two.
TYPED_TEST(S3DirectSweep, EndsAStrayUploadAndKeepsTheOneThatItsFileIsNamedWith)
{
    auto const file = this->direct_file("film");
    ASSERT_TRUE(run_blocking(this->direct_.begin(file.blob)));
    auto const ours = *run_blocking(this->direct_.begin(file.blob));
    this->name(file, ours);
    ASSERT_EQ(this->uploads().size(), 2U);
    this->sweep();
    EXPECT_EQ(this->uploads(), std::vector{ours});
    auto const row = run_blocking(this->store().find_direct_upload(file.blob));
    ASSERT_TRUE(row) << "an upload that goes on has lost its row";
    EXPECT_EQ(row->upload_id, ours);
}

TYPED_TEST(S3DirectSweep, ForgetsAnUploadWhoseFileNeverCameToBe)
{
    auto const file = this->direct_file("film");
    auto const id = *run_blocking(this->direct_.begin(file.blob));
    ASSERT_TRUE(run_blocking(this->store().add_direct_upload({file.blob, id, {100}})));
    this->sweep();
    EXPECT_TRUE(this->uploads().empty());
    EXPECT_EQ(run_blocking(this->store().find_direct_upload(file.blob)).error().code, Errc::not_found);
}

/// A policy of the bucket: of that object no upload may be ended.
Task<> keep_upload_of(s3::Client& client, std::string const& bucket, std::string const& object)
{
    auto const policy =
        R"({"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Principal": "*", "Action": "s3:AbortMultipartUpload", )"
        R"("Resource": "arn:aws:s3:::)" +
        bucket + '/' + object + "\"}]}";
    auto call = s3::Call{"PUT", {}, {{"policy", ""}}};
    call.body = std::as_bytes(std::span{policy});
    CO_TRY(co_await client.run(std::move(call)));
    co_return Result<>{};
}

TYPED_TEST(S3DirectSweep, EndsOthersThanOneThatTheStoreDoesNotEnd)
{
    auto const stays = this->direct_file("film");
    auto const id = *run_blocking(this->direct_.begin(stays.blob));
    ASSERT_TRUE(run_blocking(this->store().add_direct_upload({stays.blob, id, {100}})));
    for (auto other = 0; other < 5; ++other)
        ASSERT_TRUE(run_blocking(this->direct_.begin(crypto::random_id<BlobKey>())));
    ASSERT_TRUE(run_blocking(
        keep_upload_of(this->depot_.client, this->depot_.client.settings().bucket, this->depot_.names.of(stays.blob))));
    this->sweep();
    EXPECT_EQ(this->uploads(), std::vector{id});
    EXPECT_TRUE(run_blocking(this->store().find_direct_upload(stays.blob))) << "its row says what is still to be ended";
}

TYPED_TEST(S3DirectSweep, ErasesOtherBlobsWhileTheStoreDoesNotEndAnUpload)
{
    auto const settings = CephServer::shared().make_bucket();
    auto const blobs = *s3::S3Blobs::open(settings, this->store(), this->store());
    auto client = s3::Client{settings};
    auto const file = this->direct_file("film");
    this->name(file, *run_blocking(blobs->direct_uploads()->begin(file.blob)));
    auto const other = crypto::random_id<BlobKey>();
    ASSERT_TRUE(run_blocking(blobs->put(other, std::as_bytes(std::span{"x", 1}), false)));
    ASSERT_TRUE(run_blocking(keep_upload_of(client, settings.bucket, s3::Names{settings.prefix}.of(file.blob))));
    auto const gone = run_blocking(blobs->erase({file.blob, other}));
    ASSERT_TRUE(gone) << gone.error().detail;
    EXPECT_EQ(*gone, std::vector{other});
    EXPECT_TRUE(run_blocking(this->store().find_direct_upload(file.blob))) << "its row says what is still to be ended";
    ASSERT_TRUE(run_blocking(client.run(s3::Call{"DELETE", {}, {{"policy", ""}}})));
    EXPECT_EQ(run_blocking(blobs->erase({file.blob})), std::vector{file.blob});
    EXPECT_EQ(run_blocking(this->store().find_direct_upload(file.blob)).error().code, Errc::not_found);
    blobs->stop();
}

}  // namespace
}  // namespace fleeting
