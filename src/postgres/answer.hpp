#pragma once

#include "base/ids.hpp"
#include "base/units.hpp"

#include <libpq-fe.h>
#include <memory>
#include <string>

namespace fleeting::postgres {

/// One row of an answer, which it must not outlive. Columns count from the row's first.
class Row {
public:
    Row(PGresult const* result, int row, int first = 0) : result_(result), row_(row), first_(first) {}

    /// The same row from that column on.
    [[nodiscard]] Row from(int column) const { return {result_, row_, first_ + column}; }
    [[nodiscard]] bool is_null(int column) const { return PQgetisnull(result_, row_, first_ + column) != 0; }
    [[nodiscard]] Bytes bytes(int column) const;
    [[nodiscard]] std::string text(int column) const;
    /// A bigint; 0 where there is none.
    [[nodiscard]] std::int64_t integer(int column) const;
    [[nodiscard]] bool flag(int column) const;
    [[nodiscard]] ByteCount size(int column) const { return {static_cast<std::uint64_t>(integer(column))}; }
    [[nodiscard]] Instant instant(int column) const { return Instant{Milliseconds{integer(column)}}; }
    template <class Id>
    [[nodiscard]] Result<Id> id(int column) const
    {
        return Id::of(bytes(column));
    }

private:
    PGresult const* result_;
    int row_;
    int first_;
};

/// What a statement answered: its rows, in binary, or its failure.
class Answer {
public:
    Answer() = default;
    explicit Answer(PGresult* result) : result_(result) {}

    [[nodiscard]] int count() const { return PQntuples(result_.get()); }
    [[nodiscard]] bool is_empty() const { return count() == 0; }
    [[nodiscard]] Row row(int number) const { return {result_.get(), number}; }
    [[nodiscard]] Row first() const { return row(0); }
    /// Rows that an INSERT, UPDATE or DELETE has changed.
    [[nodiscard]] bool has_changed() const;
    [[nodiscard]] PGresult const* raw() const { return result_.get(); }

private:
    struct Clear {
        void operator()(PGresult* result) const { PQclear(result); }
    };
    std::unique_ptr<PGresult, Clear> result_;
};

}  // namespace fleeting::postgres
