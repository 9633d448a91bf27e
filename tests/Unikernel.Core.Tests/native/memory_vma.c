// sources:
// The VMA tree against an array with one entry a page: 100,000 random operations, the tree's invariants
// checked throughout.
#include "memory_host.h"

#include "memory/frames.c"
#include "memory/vma.c"

#define LOW 0x100000000ul
#define PAGES 2000

static int8_t model[PAGES]; // -1: free, else flags
static struct vma_tree tree = {.low = LOW, .high = LOW + PAGES * PAGE_SIZE};

static int check_node(const struct vma *node, uintptr_t low, uintptr_t high, uintptr_t *widest_gap) {
    if (!node)
        return 0;
    REQUIRE(node->start >= low && node->end <= high && node->start < node->end);
    REQUIRE(node->gap == node->start - (node->previous ? node->previous->end : tree.low));
    uintptr_t left_gap = 0, right_gap = 0;
    int left = check_node(node->left, low, node->start, &left_gap);
    int right = check_node(node->right, node->end, high, &right_gap);
    REQUIRE(left - right <= 1 && right - left <= 1);
    int height = (left > right ? left : right) + 1;
    REQUIRE(node->height == height);
    uintptr_t gap = node->gap > left_gap ? node->gap : left_gap;
    gap = gap > right_gap ? gap : right_gap;
    REQUIRE(node->widest_gap == gap);
    *widest_gap = gap;
    return height;
}

static void check_against_model(void) {
    uintptr_t ignored = 0;
    check_node(tree.root, tree.low, tree.high, &ignored);
    size_t page = 0, count = 0;
    const struct vma *last = NULL;
    for (const struct vma *vma = tree.first; vma; last = vma, vma = vma->next, count++) {
        REQUIRE(vma->previous == last);
        REQUIRE(!last || last->end < vma->start || last->flags != vma->flags); // equal neighbours are one
        for (; page < (vma->start - LOW) / PAGE_SIZE; page++)
            REQUIRE(model[page] == -1);
        for (; page < (vma->end - LOW) / PAGE_SIZE; page++)
            REQUIRE(model[page] == vma->flags);
    }
    REQUIRE(tree.last == last && tree.count == count);
    for (; page < PAGES; page++)
        REQUIRE(model[page] == -1);
}

static void clear(uintptr_t start, uintptr_t end) {
    struct vma *vma = vma_find(&tree, start);
    if (vma && vma->start < start)
        vma_split(&tree, vma, start);
    vma = vma_find(&tree, end - 1);
    if (vma && vma->end > end)
        vma_split(&tree, vma, end);
    for (vma = vma_find_or_next(&tree, start); vma && vma->start < end;) {
        struct vma *next = vma->next;
        vma_remove(&tree, vma);
        vma = next;
    }
}

static void check_gap(size_t pages, size_t alignment) {
    uintptr_t at = vma_find_gap(&tree, pages * PAGE_SIZE, alignment * PAGE_SIZE);
    if (at) {
        size_t page = (at - LOW) / PAGE_SIZE;
        REQUIRE(at % (alignment * PAGE_SIZE) == 0 && page + pages <= PAGES);
        for (size_t i = 0; i < pages; i++)
            REQUIRE(model[page + i] == -1);
        if (alignment > 1)
            return;
    }
    size_t run = 0; // without an alignment it must be the lowest that there is, or none
    for (size_t page = 0; page < PAGES; page++) {
        run = model[page] == -1 ? run + 1 : 0;
        if (run == pages) {
            REQUIRE(alignment > 1 || at == LOW + (page + 1 - pages) * PAGE_SIZE);
            return;
        }
    }
    REQUIRE(!at);
}

int main(void) {
    arena_create();
    frames_add(RAM_START, ARENA_SIZE - RAM_START);
    memset(model, -1, sizeof model);
    for (operation = 0; operation < 100000; operation++) {
        size_t first = random_below(PAGES), pages = 1 + random_below(random_below(10) ? 20 : 300);
        if (first + pages > PAGES)
            pages = PAGES - first;
        uintptr_t start = LOW + first * PAGE_SIZE, end = start + pages * PAGE_SIZE;
        REQUIRE(vma_reserve_nodes(4));
        clear(start, end);
        int8_t flags = random_below(3) ? (int8_t)random_below(3) : -1;
        if (flags >= 0)
            vma_insert(&tree, start, end, (uint16_t)flags);
        memset(model + first, flags, pages);
        if (operation % 16 == 0)
            check_against_model();
        check_gap(1 + random_below(50), random_below(2) ? 1 : 8);
        size_t page = random_below(PAGES);
        const struct vma *found = vma_find(&tree, LOW + page * PAGE_SIZE + random_below(PAGE_SIZE));
        REQUIRE(found ? model[page] == found->flags : model[page] == -1);
    }
    puts("PASS vma");
    return 0;
}
