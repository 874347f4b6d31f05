#pragma once

#include "base/error.hpp"

#include <concepts>
#include <expected>
#include <type_traits>
#include <utility>

namespace fleeting {

/// A value or an `Error`. Must be looked at: dropping one doesn't build. Reading the value of an error stops the program
/// (libstdc++ assertions are on in every build).
template <class T = void>
class [[nodiscard]] Result : public std::expected<T, Error> {
public:
    using Base = std::expected<T, Error>;
    using Base::Base;
    Result(Base base) : Base(std::move(base)) {}
};

/// What a function returns to fail: `return fail(Errc::not_found, "no row");`
[[nodiscard]] inline std::unexpected<Error> fail(Errc code, std::string detail = {})
{
    return std::unexpected<Error>{Error{code, std::move(detail), {}, 0}};
}

/// As above, naming the request's field at fault.
[[nodiscard]] inline std::unexpected<Error> fail_field(Errc code, std::string field, std::string detail = {})
{
    return std::unexpected<Error>{Error{code, std::move(detail), std::move(field), 0}};
}

[[nodiscard]] inline std::unexpected<Error> fail(Error error)
{
    return std::unexpected<Error>{std::move(error)};
}

}  // namespace fleeting

// TRY(expr) and TRY(declaration, expr) return the error from a function, CO_TRY does so from a coroutine. The only macros here.
// Brace a TRY that stands under an `if`: it is more than one statement.
#define FLEETING_CAT2(a, b) a##b
#define FLEETING_CAT(a, b) FLEETING_CAT2(a, b)
#define FLEETING_PICK(_1, _2, name, ...) name
#define FLEETING_TRY1(ret, tmp, expr)                                                                                            \
    if (auto tmp = (expr); !tmp) [[unlikely]]                                                                                    \
        ret std::unexpected<::fleeting::Error>                                                                                   \
        {                                                                                                                        \
            std::move(tmp).error()                                                                                               \
        }
#define FLEETING_TRY2(ret, tmp, decl, expr)                                                                                      \
    auto tmp = (expr);                                                                                                           \
    if (!tmp) [[unlikely]]                                                                                                       \
        ret std::unexpected<::fleeting::Error>{std::move(tmp).error()};                                                          \
    decl = *std::move(tmp)
#define FLEETING_RETURN_TRY1(expr) FLEETING_TRY1(return, FLEETING_CAT(try_, __LINE__), expr)
#define FLEETING_RETURN_TRY2(decl, expr) FLEETING_TRY2(return, FLEETING_CAT(try_, __LINE__), decl, expr)
#define FLEETING_CO_TRY1(expr) FLEETING_TRY1(co_return, FLEETING_CAT(try_, __LINE__), expr)
#define FLEETING_CO_TRY2(decl, expr) FLEETING_TRY2(co_return, FLEETING_CAT(try_, __LINE__), decl, expr)
#define TRY(...) FLEETING_PICK(__VA_ARGS__, FLEETING_RETURN_TRY2, FLEETING_RETURN_TRY1, )(__VA_ARGS__)
#define CO_TRY(...) FLEETING_PICK(__VA_ARGS__, FLEETING_CO_TRY2, FLEETING_CO_TRY1, )(__VA_ARGS__)
