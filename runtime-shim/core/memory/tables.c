// The page tables: four levels, 4 KB and 2 MB leaves (Intel SDM volume 3A, 4.5).
//
// An entry that refers to a table keeps the number of entries in use of that table in bits 52-62, which the
// CPU ignores; so an empty table is noticed at once and its frame goes back. A leaf that is not zero owns a
// frame even when its present bit is off: that is a page of a PROT_NONE range whose contents are kept.
#include "memory.h"

#define TABLE_FLAGS (PTE_PRESENT | PTE_WRITE | PTE_ACCESSED)
#define PTE_ACCESSED 0x020ul
#define PTE_DIRTY 0x040ul
#define USE_SHIFT 52
#define USE_ONE (1ul << USE_SHIFT)
#define USE_MASK (0x7fful << USE_SHIFT)
#define ROOT_LEVEL 3

static uint64_t root, root_entry; // root_entry stands in as the entry that refers to the root table
static size_t frames_used;

static unsigned level_shift(unsigned level) {
    return 12 + 9 * level;
}

static uint64_t *table_of(uint64_t entry) {
    return phys_to_virt(entry & PTE_ADDRESS);
}

static uint64_t *slot(uint64_t entry, uintptr_t virtual, unsigned level) {
    return &table_of(entry)[(virtual >> level_shift(level)) & 511];
}

static bool is_table(uint64_t entry, unsigned level) {
    return level > 0 && (entry & PTE_PRESENT) && !(entry & PTE_LARGE);
}

static uint64_t table_new(void) {
    uint64_t physical = frame_alloc(0);
    if (physical) {
        frame_zero(phys_to_virt(physical), PAGE_SIZE);
        frames_used++;
    }
    return physical;
}

bool tables_init(void) {
    root = table_new();
    root_entry = root | TABLE_FLAGS;
    return root != 0;
}

uint64_t tables_root(void) {
    return root;
}

size_t table_frames(void) {
    return frames_used;
}

// The slots on the way to an address: path[level] is the slot in the table of that level. Returns the lowest
// level reached.
static unsigned walk(uintptr_t virtual, uint64_t *path[ROOT_LEVEL + 1]) {
    uint64_t *owner = &root_entry;
    for (unsigned level = ROOT_LEVEL;; level--) {
        path[level] = slot(*owner, virtual, level);
        if (!is_table(*path[level], level))
            return level;
        owner = path[level];
    }
}

// Frees the tables on the way to an address that have become empty, from `level` upwards.
static void prune(uint64_t *path[ROOT_LEVEL + 1], unsigned level) {
    for (; level < ROOT_LEVEL; level++) {
        uint64_t *owner = path[level + 1];
        if (*owner & USE_MASK)
            return;
        frame_free(*owner & PTE_ADDRESS, 0);
        frames_used--;
        *owner = 0;
        if (level + 1 < ROOT_LEVEL)
            *path[level + 2] -= USE_ONE;
    }
}

static void use(uint64_t *path[ROOT_LEVEL + 1], unsigned level, int64_t change) {
    if (level < ROOT_LEVEL)
        *path[level + 1] += (uint64_t)change * USE_ONE;
}

bool table_map(uintptr_t virtual, uint64_t physical, uint64_t flags, unsigned order) {
    unsigned leaf = order == ORDER_LARGE ? 1 : 0;
    uint64_t *path[ROOT_LEVEL + 1];
    unsigned level = walk(virtual, path);
    while (level > leaf) {
        uint64_t table = table_new();
        if (!table) {
            prune(path, level);
            return false;
        }
        *path[level] = table | TABLE_FLAGS;
        use(path, level, 1);
        level--;
        path[level] = slot(*path[level + 1], virtual, level);
    }
    *path[leaf] = physical | flags | PTE_ACCESSED | PTE_DIRTY | (order ? PTE_LARGE : 0);
    use(path, leaf, 1);
    return true;
}

bool table_map_pages(uintptr_t virtual, uint64_t physical, uint64_t flags, size_t pages) {
    while (pages) {
        if (!table_map(virtual, physical, flags, 0))
            return false;
        uint64_t *path[ROOT_LEVEL + 1];
        walk(virtual, path);
        size_t count = 512 - (virtual / PAGE_SIZE & 511); // the rest of the table, of which the first is done
        if (count > pages)
            count = pages;
        for (size_t i = 1; i < count; i++)
            path[0][i] = (physical + i * PAGE_SIZE) | flags | PTE_ACCESSED | PTE_DIRTY;
        use(path, 0, (int64_t)count - 1);
        virtual += count * PAGE_SIZE;
        physical += count * PAGE_SIZE;
        pages -= count;
    }
    return true;
}

static bool split(uint64_t *large, uintptr_t virtual) {
    uint64_t table = table_new();
    if (!table)
        return false;
    uint64_t *entries = phys_to_virt(table), leaf = *large & ~PTE_LARGE;
    for (unsigned i = 0; i < 512; i++)
        entries[i] = leaf + i * PAGE_SIZE;
    *large = table | TABLE_FLAGS | 512 * USE_ONE;
    mmu_invalidate_page(virtual);
    return true;
}

bool table_prepare_cut(uintptr_t address) {
    uint64_t *path[ROOT_LEVEL + 1];
    if (!(address & (LARGE_PAGE - 1)) || walk(address, path) != 1 || !*path[1])
        return true;
    return split(path[1], address);
}

uint64_t table_entry(uintptr_t virtual, unsigned *order) {
    uint64_t *path[ROOT_LEVEL + 1];
    unsigned level = walk(virtual, path);
    *order = level == 1 ? ORDER_LARGE : 0;
    return level <= 1 ? *path[level] : 0;
}

bool table_is_empty_large(uintptr_t virtual) {
    uint64_t *path[ROOT_LEVEL + 1];
    unsigned level = walk(virtual, path);
    return level >= 1 && !*path[level];
}

// Translations to forget. A few are named to the CPU one by one; from then on it is cheaper to drop them all.
#define STALE_MAX 8
struct stale {
    size_t count;
    uintptr_t addresses[STALE_MAX];
};

static void stale_add(struct stale *stale, uintptr_t address) {
    if (stale->count < STALE_MAX)
        stale->addresses[stale->count] = address;
    stale->count++;
}

static void stale_flush(const struct stale *stale) {
    if (stale->count > STALE_MAX) {
        mmu_invalidate_all();
        return;
    }
    for (size_t i = 0; i < stale->count; i++)
        mmu_invalidate_page(stale->addresses[i]);
}

// The first address after the part of the address space that one entry of this level covers.
static uintptr_t after(uintptr_t virtual, unsigned level) {
    uintptr_t next = (virtual | ((1ul << level_shift(level)) - 1)) + 1;
    return next ? next : UINTPTR_MAX;
}

bool table_protect(uintptr_t start, uintptr_t end, uint64_t flags) {
    if (!table_prepare_cut(start) || !table_prepare_cut(end))
        return false;
    struct stale stale;
    stale.count = 0;
    for (uintptr_t at = start; at < end;) {
        uint64_t *path[ROOT_LEVEL + 1];
        unsigned level = walk(at, path);
        uintptr_t stop = after(at, level ? level : 1); // all of a lowest table in one go
        if (level == 0) {
            for (uint64_t *entry = path[0]; at < end && at < stop; at += PAGE_SIZE, entry++)
                if (*entry) {
                    if (*entry & PTE_PRESENT)
                        stale_add(&stale, at);
                    *entry = (*entry & PTE_ADDRESS) | flags | PTE_ACCESSED | PTE_DIRTY;
                }
        } else if (*path[level]) {
            *path[level] = (*path[level] & PTE_ADDRESS) | flags | PTE_ACCESSED | PTE_DIRTY | PTE_LARGE;
            stale_add(&stale, at);
        }
        at = stop;
    }
    stale_flush(&stale);
    return true;
}

size_t table_unmap(uintptr_t start, uintptr_t end) {
    if (!table_prepare_cut(start) || !table_prepare_cut(end))
        panic("memory: no frame to split a large page");
    size_t pages = 0;
    struct stale stale;
    stale.count = 0;
    for (uintptr_t at = start; at < end;) {
        uint64_t *path[ROOT_LEVEL + 1];
        unsigned level = walk(at, path);
        uintptr_t stop = after(at, level ? level : 1);
        // With one CPU and interrupts off nobody uses the address between the frame's return and the end of
        // this function.
        if (level == 0) {
            for (uint64_t *entry = path[0]; at < end && at < stop; at += PAGE_SIZE, entry++)
                if (*entry) {
                    frame_free(*entry & PTE_ADDRESS, 0);
                    *entry = 0;
                    use(path, 0, -1);
                    pages++;
                    stale_add(&stale, at);
                }
            prune(path, 0);
        } else if (*path[level]) {
            frame_free(*path[level] & PTE_ADDRESS, ORDER_LARGE);
            *path[level] = 0;
            use(path, level, -1);
            pages += 1ul << ORDER_LARGE;
            stale_add(&stale, at);
            prune(path, level);
        }
        at = stop;
    }
    stale_flush(&stale);
    return pages;
}
