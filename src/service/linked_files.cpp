#include "service/linked_files.hpp"

namespace fleeting {

std::shared_ptr<LinkedFile const> LinkedFiles::find(FileId id, Instant now)
{
    auto kept = files_.find(id);
    return kept && !(*kept)->cutoff->has_passed(now) ? *std::move(kept) : nullptr;
}

void LinkedFiles::keep(std::shared_ptr<LinkedFile const> file)
{
    auto const id = file->file.id;
    auto const room = file->file.room_id;
    files_.keep(id, room, std::move(file));
}

}  // namespace fleeting
