#pragma once

#include <string_view>

// The pages for browsers without JavaScript. `{name}` is filled in by `filled` (html.hpp), which escapes it.

namespace fleeting::api::templates {

inline constexpr auto kFrame = std::string_view{R"(<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
<link rel="icon" href="{base}/favicon.svg" type="image/svg+xml">
<link rel="stylesheet" href="{base}/plain.css">
</head>
<body>
<main>
{content}{report}</main>
</body>
</html>
)"};

inline constexpr auto kReport = std::string_view{R"(<p class="foot"><a href="{contact}" rel="noreferrer">Report abuse</a></p>
)"};

inline constexpr auto kDoor = std::string_view{R"(<h1>Fleeting Files</h1>
<p>Hand files to the people around you. No account; the room deletes itself.</p>
{problem}<form method="post" action="{base}/" class="door">
<p><label>Room name <input name="name" value="{name}" required autocapitalize="none" autocomplete="off"></label></p>
<p><label>Password <input type="password" name="password" required minlength="8"></label></p>
<p><label>Your name <input name="nickname" autocomplete="nickname"></label></p>
<p><button name="action" value="enter">Enter</button> <button name="action" value="open">Open a room with this name</button></p>
</form>
)"};

inline constexpr auto kProblem = std::string_view{R"(<p role="alert">{title}</p>
)"};

inline constexpr auto kRefusal = std::string_view{R"(<h1>That didn’t work</h1>
{problem}<p><a href="{back}">Back</a></p>
)"};

inline constexpr auto kRoom = std::string_view{R"(<h1>{room}</h1>
<p>Closes in {left}, and everything in it is deleted. You are {nickname}.</p>
<p><a href="{address}?plain">Look again</a></p>
<h2>On the table</h2>
{files}{upload}<form method="post" action="{address}"><p><button name="action" value="leave">Leave the room</button></p></form>
)"};

inline constexpr auto kNoFiles = std::string_view{R"(<p>Nothing yet.</p>
)"};

inline constexpr auto kFiles = std::string_view{R"(<ul>
{rows}</ul>
<p><a href="{archive}">All of it as one ZIP</a></p>
)"};

inline constexpr auto kFile =
    std::string_view{R"(<li><a href="{link}"><bdi>{name}</bdi></a> <span>{size}, from <bdi>{uploader}</bdi></span>{remove}</li>
)"};

inline constexpr auto kRemove = std::string_view{R"(
<form method="post" action="{address}"><input type="hidden" name="id" value="{id}"><button name="action" value="remove" aria-label="Remove {name}">Remove</button></form>)"};

inline constexpr auto kUpload = std::string_view{R"(<form method="post" action="{address}" enctype="multipart/form-data">
<p><label>Files to add <input type="file" name="file" multiple required></label> <button>Put them on the table</button></p>
</form>
)"};

inline constexpr auto kLocked = std::string_view{R"(<p>The owner has locked uploads.</p>
)"};

}  // namespace fleeting::api::templates
