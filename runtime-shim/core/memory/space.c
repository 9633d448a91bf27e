// The address space: mmap, munmap, mprotect, madvise, page faults, thread stacks.
//
// What the garbage collector does with it (gc/unix/gcenv.unix.cpp of dotnet/runtime): reserve =
// mmap(PROT_NONE) of several times the RAM, commit = mprotect(RW) in steps of 64 KB, decommit =
// mmap(PROT_NONE, MAP_FIXED) over the range.
#define _GNU_SOURCE // MAP_FIXED_NOREPLACE
#include "space.h"
#include "memory.h"
#include <errno.h>
#include <sys/mman.h>

#define GUARD_SIZE 0x10000ul
#define FAULT_AROUND 0x8000ul // half a commit step of the garbage collector
#define CHUNK (4ul << 20)      // how much is taken away with interrupts off

static struct vma_tree space;

void space_init(uintptr_t low, uintptr_t high) {
    space = (struct vma_tree){.low = low, .high = high};
}

static uint64_t pte_flags(unsigned flags) {
    if (!(flags & (VMA_READ | VMA_WRITE | VMA_EXEC)))
        return 0;
    return PTE_PRESENT | (flags & VMA_WRITE ? PTE_WRITE : 0) | (flags & VMA_EXEC ? 0 : PTE_NX);
}

// W^X. Who asks for both gets write access until asking again: so the runtime can write the thunks of delegates that go to native code
// (ThunksMapping.cpp makes their pages RWX, writes, and makes them RX), and no page is ever both.
static int without_write_and_execute(int protection) {
    return protection & PROT_WRITE ? protection & ~PROT_EXEC : protection;
}

static bool is_user_range(uintptr_t start, size_t length) {
    return start >= space.low && start <= space.high && length <= space.high - start;
}

// Makes sure that [start, end) can be cut out of ranges and large pages without failing.
static bool prepare_cut(uintptr_t start, uintptr_t end) {
    return vma_reserve_nodes(4) && table_prepare_cut(start) && table_prepare_cut(end);
}

// Makes [start, end) consist of whole VMAs; returns the first.
static struct vma *cut(uintptr_t start, uintptr_t end) {
    struct vma *vma = vma_find(&space, start);
    if (vma && vma->start < start)
        vma_split(&space, vma, start);
    vma = vma_find(&space, end - 1);
    if (vma && vma->end > end)
        vma_split(&space, vma, end);
    return vma_find_or_next(&space, start);
}

// Gives back the frames of a range; promises stand.
static void discard(uintptr_t start, uintptr_t end) {
    for (struct vma *vma = vma_find_or_next(&space, start); vma && vma->start < end; vma = vma->next) {
        uintptr_t from = vma->start > start ? vma->start : start, to = vma->end < end ? vma->end : end;
        size_t pages = table_unmap(from, to);
        if (vma->flags & VMA_CHARGED)
            commit_untouch(pages);
    }
}

// The same in steps, so that interrupts are not held off for as long as a large range takes.
static int discard_in_chunks(uintptr_t start, uintptr_t end) {
    while (start < end) {
        struct vma *vma;
        uint64_t flags = memory_lock();
        // Reservations are mostly empty: go to where something is.
        while ((vma = vma_find_or_next(&space, start)) && vma->start < end &&
               !(vma->flags & (VMA_CHARGED | VMA_STACK)))
            start = vma->end;
        uintptr_t stop = !vma || vma->start >= end ? end : ALIGN_UP(start + 1, CHUNK);
        if (stop > end)
            stop = end;
        bool possible = start >= stop || (table_prepare_cut(start) && table_prepare_cut(stop));
        if (possible && start < stop)
            discard(start, stop);
        memory_unlock(flags);
        if (!possible)
            return -ENOMEM;
        start = stop;
    }
    return 0;
}

// Takes whole ranges out of the address space; prepare_cut() was called.
static void remove_range(uintptr_t start, uintptr_t end) {
    struct vma *vma = cut(start, end);
    while (vma && vma->start < end) {
        struct vma *next = vma->next;
        size_t pages = table_unmap(vma->start, vma->end);
        if (vma->flags & VMA_CHARGED)
            commit_release((vma->end - vma->start) / PAGE_SIZE - pages);
        vma_remove(&space, vma);
        vma = next;
    }
}

int space_map(uintptr_t hint, size_t length, int protection, int flags, uintptr_t *result) {
    size_t size = ALIGN_UP(length, PAGE_SIZE);
    if (!length || (flags & MAP_FIXED && hint & (PAGE_SIZE - 1)))
        return -EINVAL;
    if (size < length || size > space.high - space.low)
        return -ENOMEM;
    protection = without_write_and_execute(protection);
    bool fixed = flags & (MAP_FIXED | MAP_FIXED_NOREPLACE);
    if (fixed && !is_user_range(hint, size))
        return -ENOMEM;
    if (flags & MAP_FIXED) {
        int error = discard_in_chunks(hint, hint + size);
        if (error)
            return error;
    }

    size_t pages = size / PAGE_SIZE;
    uint16_t vma_flags = (uint16_t)(protection & 7);
    if (vma_flags)
        vma_flags |= VMA_CHARGED;
    int error = -ENOMEM;
    uint64_t irq = memory_lock();
    uintptr_t at = ALIGN_DOWN(hint, PAGE_SIZE);
    struct vma *there = at && is_user_range(at, size) ? vma_find_or_next(&space, at) : NULL;
    bool is_free = at && is_user_range(at, size) && (!there || there->start >= at + size);
    if (!fixed && !is_free) {
        at = size >= LARGE_PAGE ? vma_find_gap(&space, size, LARGE_PAGE)
                                : 0; // so that large pages can be used
        if (!at)
            at = vma_find_gap(&space, size, PAGE_SIZE);
        is_free = true;
    }
    if (flags & MAP_FIXED_NOREPLACE && !is_free) {
        error = -EEXIST;
        goto out;
    }
    // Gotcha of the garbage collector: the length of its bookkeeping is not a multiple of the page size, and
    // when it commits the last part it rounds the end down (gc.cpp, inplace_commit_card_table), so the last
    // page is used without being committed. On Linux that is a crash, too, but one that its larger address
    // ranges hide. We make that page usable from the start.
    bool odd_tail = !protection && (length & (PAGE_SIZE - 1)) && pages > 1;
    size_t charge = vma_flags ? pages : odd_tail;
    if (!at || !prepare_cut(at, at + size) || !commit_charge(charge))
        goto out;
    if (!is_free)
        remove_range(at, at + size);
    vma_insert(&space, at, at + size - odd_tail * PAGE_SIZE, vma_flags);
    if (odd_tail)
        vma_insert(&space, at + size - PAGE_SIZE, at + size, VMA_READ | VMA_WRITE | VMA_CHARGED);
    *result = at;
    error = 0;
out:
    memory_unlock(irq);
    return error;
}

int space_unmap(uintptr_t start, size_t length) {
    size_t size = ALIGN_UP(length, PAGE_SIZE);
    if (start & (PAGE_SIZE - 1) || !size || !is_user_range(start, size))
        return -EINVAL;
    int error = discard_in_chunks(start, start + size);
    if (error)
        return error;
    uint64_t irq = memory_lock();
    if (prepare_cut(start, start + size))
        remove_range(start, start + size);
    else
        error = -ENOMEM;
    memory_unlock(irq);
    return error;
}

static int protect_range(uintptr_t start, uintptr_t end, uint16_t access) {
    size_t charge = 0;
    uintptr_t at = start;
    for (struct vma *vma = vma_find(&space, start); at < end; vma = vma->next) {
        if (!vma || vma->start > at || vma->flags & VMA_GUARD)
            return -ENOMEM;
        uintptr_t to = vma->end < end ? vma->end : end;
        if (access && !(vma->flags & (VMA_CHARGED | VMA_STACK)))
            charge += (to - at) / PAGE_SIZE;
        at = vma->end;
    }
    if (!prepare_cut(start, end) || !commit_charge(charge))
        return -ENOMEM;
    for (struct vma *vma = cut(start, end); vma && vma->start < end; vma = vma->next) {
        uint16_t kind = vma->flags & (VMA_CHARGED | VMA_STACK);
        if (access && !kind)
            kind = VMA_CHARGED;
        vma_set_flags(vma, access | kind);
    }
    table_protect(start, end, pte_flags(access)); // can not fail: the cuts are made
    vma_merge_range(&space, start, end);
    return 0;
}

int space_protect(uintptr_t start, size_t length, int protection) {
    size_t size = ALIGN_UP(length, PAGE_SIZE);
    if (start & (PAGE_SIZE - 1))
        return -EINVAL;
    if (!size)
        return 0;
    uint64_t irq = memory_lock();
    int error;
    if (is_user_range(start, size))
        error = protect_range(start, start + size, (uint16_t)(without_write_and_execute(protection) & 7));
    else
        error = image_protect(start, start + size, protection);
    memory_unlock(irq);
    return error;
}

int space_discard(uintptr_t start, size_t length) {
    size_t size = ALIGN_UP(length, PAGE_SIZE);
    if (start & (PAGE_SIZE - 1))
        return -EINVAL;
    if (!is_user_range(start, size))
        return -ENOMEM;
    return discard_in_chunks(start, start + size);
}

// ---- faults
// ------------------------------------------------------------------------------------------------------------------

// QEMU without hardware virtualisation keeps translations in a table that is small at first, and doubles when it is
// emptied full (accel/tcg/cputlb.c, tlb_mmu_resize_locked). Nothing else would empty it, as there is one address space:
// so it is done whenever the program has touched twice as many pages. A real CPU has them back in microseconds.
static void let_emulator_grow(void) {
    static size_t pages;
    pages++;
    if (pages >= 64 && (pages & (pages - 1)) == 0)
        mmu_invalidate_all();
}

// Puts a zeroed frame under one page, or one large page.
static bool fill(const struct vma *vma, uintptr_t page, unsigned order) {
    uint64_t physical;
    if (vma->flags & VMA_CHARGED)
        physical = commit_frame(order);
    else {
        physical = commit_spare_frame(order);
        if (!physical)
            physical = frame_alloc(order); // a stack must grow: the reserve is for that
    }
    if (!physical)
        return false;
    frame_zero(phys_to_virt(physical), PAGE_SIZE << order);
    if (table_map(page, physical, pte_flags(vma->flags), order)) {
        let_emulator_grow();
        return true;
    }
    frame_free(physical, order);
    if (vma->flags & VMA_CHARGED)
        commit_untouch(1ul << order);
    return false;
}

static bool fill_large(const struct vma *vma, uintptr_t address) {
    uintptr_t block = ALIGN_DOWN(address, LARGE_PAGE);
    return (vma->flags & (VMA_CHARGED | VMA_WRITE)) == (VMA_CHARGED | VMA_WRITE) && block >= vma->start &&
           vma->end - block >= LARGE_PAGE && table_is_empty_large(block) && fill(vma, block, ORDER_LARGE);
}

bool memory_fault(uintptr_t address, bool write, bool fetch) {
    struct vma *vma = vma_find(&space, address);
    if (!vma || !(vma->flags & (write ? VMA_WRITE : fetch ? VMA_EXEC : VMA_READ | VMA_WRITE | VMA_EXEC)))
        return false;
    uintptr_t page = ALIGN_DOWN(address, PAGE_SIZE);
    unsigned order;
    if (table_entry(page, &order)) {
        mmu_invalidate_page(page); // the translation was cached from before
        return true;
    }
    if (fill_large(vma, address))
        return true;
    if (!fill(vma, page, 0)) {
        struct memory_stats stats;
        memory_stats(&stats);
        panic("UKN9006 out of memory: no page left for %s at %lx (%lu of %lu KB in use). "
              "Give the machine more memory (-m).",
              vma->flags & VMA_STACK ? "a thread's stack" : "a committed range", (unsigned long)address,
              (unsigned long)(stats.total - frames_free()) * 4, (unsigned long)stats.total * 4);
    }
    // Promised pages cost nothing more when they come early, and faults are dear.
    if (vma->flags & VMA_CHARGED)
        for (page += PAGE_SIZE; page & (FAULT_AROUND - 1) && page < vma->end; page += PAGE_SIZE)
            if (table_entry(page, &order) || !fill(vma, page, 0))
                break;
    return true;
}

bool memory_populate(uintptr_t address, size_t length, bool write) {
    bool done = true;
    uint64_t irq = memory_lock();
    for (uintptr_t page = ALIGN_DOWN(address, PAGE_SIZE); done && page < address + length;
         page += PAGE_SIZE) {
        unsigned order;
        uint64_t entry = table_entry(page, &order);
        done = entry & PTE_PRESENT ? !write || entry & PTE_WRITE : memory_fault(page, write, false);
    }
    memory_unlock(irq);
    return done;
}

uint64_t memory_physical(const void *address) {
    unsigned order;
    uint64_t irq = memory_lock();
    uint64_t entry = table_entry((uintptr_t)address, &order);
    memory_unlock(irq);
    if (!(entry & PTE_PRESENT))
        return 0;
    uint64_t mask = (PAGE_SIZE << order) - 1;
    return (entry & PTE_ADDRESS & ~mask) | ((uintptr_t)address & mask);
}

// ---- thread stacks
// -----------------------------------------------------------------------------------------------------------

// A stack is not charged in full: glibc's default of 8 MB a thread would use up a small machine's memory with
// what is never touched. Instead there must be room for what a thread touches at once.
#define STACK_FIRST_PAGES 16

void *stack_alloc(size_t size) {
    uintptr_t low = 0;
    size = ALIGN_UP(size, PAGE_SIZE);
    uint64_t irq = memory_lock();
    if (commit_has_spare(STACK_FIRST_PAGES) && vma_reserve_nodes(4)) {
        uintptr_t at = vma_find_gap(&space, size + GUARD_SIZE, PAGE_SIZE);
        if (at) {
            low = at + GUARD_SIZE;
            vma_insert(&space, at, low, VMA_GUARD);
            vma_insert(&space, low, low + size, VMA_READ | VMA_WRITE | VMA_STACK);
        }
    }
    memory_unlock(irq);
    return (void *)low;
}

void stack_free(void *low, size_t size) {
    space_unmap((uintptr_t)low - GUARD_SIZE, ALIGN_UP(size, PAGE_SIZE) + GUARD_SIZE);
}

bool memory_is_stack_guard(uintptr_t address) {
    struct vma *vma = vma_find(&space, address);
    return vma && vma->flags & VMA_GUARD;
}
