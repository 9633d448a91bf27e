// Commit accounting: promises made, and the frames behind them.
//
// The invariant is free frames >= promised pages. What has no promise (page tables, thread stacks, the heap
// of the core) is taken from the rest. A small reserve is kept out of every promise so that page tables and
// stacks still find frames when the program has committed all that it can get.
#include "memory.h"

static size_t promised, reserve;

void commit_init(void) {
    reserve = frames_total() / 64;
    if (reserve < 24)
        reserve = 24;
    if (reserve > 4096)
        reserve = 4096;
}

bool commit_has_spare(size_t pages) {
    return frames_free() >= promised + pages;
}

bool commit_charge(size_t pages) {
    if (pages > frames_total() || !commit_has_spare(pages + reserve))
        return false;
    promised += pages;
    return true;
}

void commit_release(size_t pages) {
    promised -= pages;
}

void commit_untouch(size_t pages) {
    promised += pages;
}

uint64_t commit_frame(unsigned order) {
    uint64_t physical = frame_alloc(order);
    if (physical)
        promised -= 1ul << order;
    return physical;
}

uint64_t commit_spare_frame(unsigned order) {
    return commit_has_spare(1ul << order) ? frame_alloc(order) : 0;
}

size_t commit_promised(void) {
    return promised;
}

void memory_stats(struct memory_stats *out) {
    uint64_t flags = memory_lock();
    size_t spare = frames_free() - promised;
    *out = (struct memory_stats){.total = frames_total(),
                                 .free = spare > reserve ? spare - reserve : 0,
                                 .committed = frames_total() - spare,
                                 .commit_limit = frames_total() - reserve};
    memory_unlock(flags);
}
