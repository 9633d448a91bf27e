// sources:
// The frame allocator against a map of who owns which frame: 100,000 random operations.
#include "memory_host.h"

#include "memory/frames.c"

#define FRAMES (ARENA_SIZE / PAGE_SIZE)
#define HELD_MAX 4000

static bool taken[FRAMES];
static struct {
    uint64_t physical;
    unsigned order;
} held[HELD_MAX];
static size_t held_count, held_frames;

static void take(uint64_t physical, unsigned order, uint64_t limit) {
    REQUIRE(physical % (PAGE_SIZE << order) == 0);
    REQUIRE(physical >= RAM_START && physical + (PAGE_SIZE << order) <= ARENA_SIZE);
    REQUIRE(physical + (PAGE_SIZE << order) <= limit);
    for (size_t i = 0; i < 1ul << order; i++) {
        REQUIRE(!taken[physical / PAGE_SIZE + i]);
        taken[physical / PAGE_SIZE + i] = true;
    }
    memset(phys_to_virt(physical), 0xee,
           PAGE_SIZE << order); // a link in a frame that is not free would be destroyed
    held[held_count].physical = physical;
    held[held_count++].order = order;
    held_frames += 1ul << order;
}

static void give(size_t index) {
    uint64_t physical = held[index].physical;
    unsigned order = held[index].order;
    for (size_t i = 0; i < 1ul << order; i++)
        taken[physical / PAGE_SIZE + i] = false;
    held_frames -= 1ul << order;
    held[index] = held[--held_count];
    if (random_below(2))
        frame_free(physical, order);
    else { // in two parts
        size_t count = 1ul << order, first = random_below(count + 1);
        frame_free_range(physical, first);
        frame_free_range(physical + first * PAGE_SIZE, count - first);
    }
}

int main(void) {
    arena_create();
    frames_add(RAM_START, 100 * PAGE_SIZE); // a small zone, not aligned to anything
    frames_add(RAM_START + 200 * PAGE_SIZE + 17, 5000 * PAGE_SIZE);
    frames_add(32ul << 20, 32ul << 20);
    frames_add(3, 100); // no whole page: ignored
    size_t total = frames_total();
    REQUIRE(frames_free() == total && total > 5000 + 8192 - 10);

    for (operation = 0; operation < 100000; operation++) {
        bool full = held_count == HELD_MAX;
        if (!full && random_below(100) < (operation / 5000 % 2 ? 40 : 60)) {
            unsigned order = random_below(4) ? 0 : (unsigned)random_below(ORDER_MAX + 1);
            uint64_t limit = random_below(8) ? UINT64_MAX : RAM_START + random_below(ARENA_SIZE);
            uint64_t physical = frame_alloc_below(order, limit);
            if (physical)
                take(physical, order, limit);
            else
                REQUIRE(limit != UINT64_MAX || order > 0 || frames_free() == 0);
        } else if (held_count)
            give(random_below(held_count));
        REQUIRE(frames_free() == total - held_frames);
    }
    while (held_count)
        give(held_count - 1);
    REQUIRE(frames_free() == total);

    // All came together again: the largest blocks can be had, as many as there are.
    size_t blocks = 0;
    while (frame_alloc(ORDER_MAX))
        blocks++;
    REQUIRE(blocks >= (total >> ORDER_MAX) - 3);
    puts("PASS frames");
    return 0;
}
