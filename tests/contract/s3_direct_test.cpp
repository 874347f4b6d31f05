// What the sweep of a bucket's multipart uploads ends, and which it leaves: the bucket is Ceph's, the rows are in each database.

#include "metadata_backends.hpp"
#include "s3/s3_direct.hpp"
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

}  // namespace
}  // namespace fleeting
