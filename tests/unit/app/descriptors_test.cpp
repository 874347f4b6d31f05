#include "app/descriptors.hpp"

#include <gtest/gtest.h>

namespace fleeting::app {
namespace {

TEST(Descriptors, AreEnoughForTheDefaults)
{
    auto settings = Settings{};
    ASSERT_TRUE(fit_into_descriptors(settings, 65'536));
    EXPECT_EQ(settings.server.max_connections, Settings{}.server.max_connections);
    EXPECT_EQ(settings.linked_files, Settings{}.linked_files);
}

TEST(Descriptors, AreSharedSoThatConnectionsLeaveSomeForFiles)
{
    auto settings = Settings{};
    ASSERT_TRUE(fit_into_descriptors(settings, 1'024));
    EXPECT_GE(settings.server.max_connections, 100U);
    EXPECT_GE(settings.linked_files, 50U);
    EXPECT_LT(settings.server.max_connections + settings.linked_files + 640, 1'024U);
}

TEST(Descriptors, ThatAreTooFewAreToldWithWhatToDo)
{
    auto settings = Settings{};
    auto const fits = fit_into_descriptors(settings, 256);
    ASSERT_FALSE(fits);
    EXPECT_NE(fits.error().detail.find("LimitNOFILE"), std::string::npos);
}

}  // namespace
}  // namespace fleeting::app
