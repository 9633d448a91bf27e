// sources:
// malloc against a table of what was handed out: sizes, alignments, contents, no overlap, everything given
// back.
#include "memory_host.h"

#include "memory/commit.c"
#include "memory/frames.c"
#include "memory/heap.c"

#define HELD_MAX 3000

static size_t mapped;

// Large blocks are mapped: here by the host, with the core's accounting.
int space_map(uintptr_t hint, size_t length, int protection, int flags, uintptr_t *result) {
    (void)hint;
    if (length > 64ul << 20)
        return -ENOMEM;
    void *at = mmap(NULL, length, protection, flags, -1, 0);
    mapped += length;
    *result = (uintptr_t)at;
    return at == MAP_FAILED ? -ENOMEM : 0;
}

int space_unmap(uintptr_t start, size_t length) {
    mapped -= length;
    return munmap((void *)start, length);
}

static struct {
    uint8_t *object;
    size_t size;
    uint8_t mark;
} held[HELD_MAX];
static size_t held_count;

static void check_and_free(size_t i) {
    for (size_t k = 0; k < held[i].size; k += k + 97 < held[i].size ? 97 : 1)
        REQUIRE(held[i].object[k] == held[i].mark);
    heap_free(held[i].object);
    held[i] = held[--held_count];
}

int main(void) {
    arena_create();
    frames_add(RAM_START, 24ul << 20);
    commit_init();
    size_t start_free = frames_free();
    for (operation = 0; operation < 100000; operation++) {
        if (held_count < HELD_MAX && random_below(100) < (operation / 10000 % 2 ? 45 : 55)) {
            size_t size = random_below(20) ? random_below(2100) : random_below(200000);
            size_t alignment = random_below(4) ? 16 : 16ul << random_below(13);
            bool zeroed = alignment == 16 && random_below(2);
            uint8_t *object = zeroed           ? heap_alloc_zeroed(size)
                              : alignment > 16 ? heap_alloc_aligned(alignment, size)
                                               : heap_alloc(size);
            REQUIRE(object && (uintptr_t)object % alignment == 0 && heap_usable_size(object) >= size);
            if (zeroed)
                for (size_t k = 0; k < size; k++)
                    REQUIRE(object[k] == 0);
            held[held_count].object = object;
            held[held_count].size = heap_usable_size(object); // all of it may be used
            held[held_count].mark = (uint8_t)random_next();
            memset(object, held[held_count].mark, held[held_count].size);
            held_count++;
        } else if (held_count)
            check_and_free(random_below(held_count));
    }
    while (held_count)
        check_and_free(held_count - 1);
    REQUIRE(mapped == 0);
    REQUIRE(start_free - frames_free() <= CLASS_COUNT); // at most one page of each class is kept

    // When the frames are used up, allocations fail and leave everything usable.
    size_t pages = 0;
    while (commit_spare_frame(0))
        pages++;
    REQUIRE(pages > 5000 && !heap_alloc(70 << 20));
    while (heap_alloc(2016))
        ;
    REQUIRE(!heap_alloc(2000));
    puts("PASS heap");
    return 0;
}
