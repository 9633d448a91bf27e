// Physical memory: a buddy system per range of RAM, blocks of 4 KB to 4 MB.
//
// The links of the free lists lie in the free pages themselves, and one byte a frame says whether a free
// block begins there, so the whole cost is 1/4096 of the memory. RAM is taken over lazily from the bottom of
// each range: what was never asked for is never touched, neither at boot (which would cost time in proportion
// to the machine) nor in the host's memory.
#include "inspection.h"
#include "memory.h"

struct block {
    uint64_t next, previous; // physical; 0: none
};

struct zone {
    struct zone *next;
    uint64_t first, fresh, end; // frame numbers: [first, fresh) is managed, [fresh, end) was never used
    uint64_t free_lists[ORDER_MAX + 1];
    uint8_t head[]; // by frame - first: order + 1 of the free block that begins there, else 0
};
INSPECTED(struct zone, next, 0);
INSPECTED(struct zone, first, 8);

static struct zone
    *zones; // the last one added first: memory above 4 GB goes before memory that devices can reach
static size_t total, available;

static struct block *block_at(uint64_t physical) {
    return phys_to_virt(physical);
}

static void list_push(struct zone *zone, uint64_t frame, unsigned order) {
    uint64_t physical = frame * PAGE_SIZE, next = zone->free_lists[order];
    *block_at(physical) = (struct block){.next = next};
    if (next)
        block_at(next)->previous = physical;
    zone->free_lists[order] = physical;
    zone->head[frame - zone->first] = (uint8_t)(order + 1);
}

static void list_remove(struct zone *zone, uint64_t frame, unsigned order) {
    struct block *block = block_at(frame * PAGE_SIZE);
    if (block->next)
        block_at(block->next)->previous = block->previous;
    if (block->previous)
        block_at(block->previous)->next = block->next;
    else
        zone->free_lists[order] = block->next;
    zone->head[frame - zone->first] = 0;
}

static void zone_free(struct zone *zone, uint64_t frame, unsigned order) {
    for (; order < ORDER_MAX; order++) {
        uint64_t buddy = frame ^ (1ul << order);
        if (buddy < zone->first || buddy >= zone->fresh || zone->head[buddy - zone->first] != order + 1)
            break;
        list_remove(zone, buddy, order);
        frame &= ~(1ul << order);
    }
    list_push(zone, frame, order);
}

// Moves the largest aligned block at the border from "never used" to the free lists.
static bool zone_extend(struct zone *zone) {
    if (zone->fresh == zone->end)
        return false;
    uint64_t frame = zone->fresh;
    unsigned order = ORDER_MAX;
    while ((frame & ((1ul << order) - 1)) || frame + (1ul << order) > zone->end)
        order--;
    zone->fresh = frame + (1ul << order);
    for (uint64_t i = frame; i < zone->fresh; i++)
        zone->head[i - zone->first] = 0;
    zone_free(zone, frame, order);
    return true;
}

// Cuts a free block down to the wanted order; the upper halves stay free.
static uint64_t zone_take(struct zone *zone, uint64_t frame, unsigned have, unsigned want) {
    list_remove(zone, frame, have);
    while (have > want) {
        have--;
        list_push(zone, frame + (1ul << have), have);
    }
    available -= 1ul << want;
    return frame * PAGE_SIZE;
}

static uint64_t zone_alloc(struct zone *zone, unsigned order, uint64_t limit) {
    uint64_t limit_frame = limit / PAGE_SIZE;
    if (zone->first + (1ul << order) > limit_frame)
        return 0;
    for (;;) {
        for (unsigned have = order; have <= ORDER_MAX; have++)
            for (uint64_t at = zone->free_lists[have]; at; at = block_at(at)->next)
                if (at / PAGE_SIZE + (1ul << order) <= limit_frame)
                    return zone_take(zone, at / PAGE_SIZE, have, order);
        if (zone->fresh >= limit_frame || !zone_extend(zone))
            return 0;
    }
}

uint64_t frame_alloc_below(unsigned order, uint64_t limit) {
    if (order > ORDER_MAX)
        return 0;
    for (struct zone *zone = zones; zone; zone = zone->next) {
        uint64_t physical = zone_alloc(zone, order, limit);
        if (physical)
            return physical;
    }
    return 0;
}

uint64_t frame_alloc(unsigned order) {
    return frame_alloc_below(order, UINT64_MAX);
}

void frame_free(uint64_t physical, unsigned order) {
    uint64_t frame = physical / PAGE_SIZE;
    for (struct zone *zone = zones; zone; zone = zone->next)
        if (frame >= zone->first && frame < zone->fresh) {
            zone_free(zone, frame, order);
            available += 1ul << order;
            return;
        }
    panic("memory: a frame is freed that is not RAM: %lx", (unsigned long)physical);
}

void frame_free_range(uint64_t physical, size_t count) {
    while (count) {
        unsigned order = ORDER_MAX;
        while (((physical / PAGE_SIZE) & ((1ul << order) - 1)) || (1ul << order) > count)
            order--;
        frame_free(physical, order);
        physical += PAGE_SIZE << order;
        count -= 1ul << order;
    }
}

void frames_add(uint64_t base, uint64_t length) {
    uint64_t start = ALIGN_UP(base, PAGE_SIZE), end = ALIGN_DOWN(base + length, PAGE_SIZE);
    if (end <= start)
        return;
    uint64_t frames = (end - start) / PAGE_SIZE;
    uint64_t overhead = ALIGN_UP(sizeof(struct zone) + frames, PAGE_SIZE) / PAGE_SIZE;
    if (frames <= overhead)
        return;
    struct zone *zone = phys_to_virt(start);
    *zone = (struct zone){.next = zones,
                          .first = start / PAGE_SIZE + overhead,
                          .fresh = start / PAGE_SIZE + overhead,
                          .end = end / PAGE_SIZE};
    zones = zone;
    total += frames - overhead;
    available += frames - overhead;
}

size_t frames_total(void) {
    return total;
}

size_t frames_free(void) {
    return available;
}

// `rep stosq` would be shorter, but an emulated machine pays for each of its steps; plain stores are as good
// on a real one.
void frame_zero(void *page, size_t bytes) {
    for (volatile uint64_t *p = page, *end = p + bytes / 8; p < end; p += 8) {
        p[0] = 0;
        p[1] = 0;
        p[2] = 0;
        p[3] = 0;
        p[4] = 0;
        p[5] = 0;
        p[6] = 0;
        p[7] = 0;
    }
}
