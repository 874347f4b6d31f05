#pragma once

#include "http/request.hpp"

#include <string>
#include <vector>

namespace fleeting::http {

/// The rule for methods that change something: from our own pages, from programs, never from another site.
///
/// A Bearer token passes: no browser adds one by itself, as it does a Basic password it was once given. Sec-Fetch-Site must be
/// `same-origin` (`none` is what an address bar sends, and that only asks for pages); without it, or where it is another, Origin
/// must be this host or one of `allowed_origins`; without both, Referer (text browsers); without all, a request that carries a
/// cookie is refused.
/// errors    cross_site
Result<> check_same_origin(Request const& request, std::vector<std::string> const& allowed_origins);

/// Keeps other origins from loading what only members may see, and from having it count as taken by who was made to load it:
/// `cross-site` and `same-site` are allowed for nothing but a page one goes to.
/// errors    cross_site
Result<> check_isolation(Request const& request);

}  // namespace fleeting::http
