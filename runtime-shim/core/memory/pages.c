// Whole frames for the core itself: page tables apart, everything that needs memory without a mapping of its
// own.
#include "memory.h"

void *page_alloc(void) {
    uint64_t irq = memory_lock();
    uint64_t physical = commit_spare_frame(0);
    memory_unlock(irq);
    if (!physical)
        return NULL;
    frame_zero(phys_to_virt(physical), PAGE_SIZE);
    return phys_to_virt(physical);
}

void page_free(void *page) {
    uint64_t irq = memory_lock();
    frame_free(virt_to_phys(page), 0);
    memory_unlock(irq);
}

void *pages_alloc_contiguous(size_t count, uint64_t limit) {
    unsigned order = 0;
    while (order <= ORDER_MAX && (1ul << order) < count)
        order++;
    if (!count || order > ORDER_MAX)
        return NULL;
    uint64_t irq = memory_lock();
    uint64_t physical = commit_has_spare(1ul << order) ? frame_alloc_below(order, limit) : 0;
    if (physical)
        frame_free_range(physical + count * PAGE_SIZE, (1ul << order) - count);
    memory_unlock(irq);
    if (!physical)
        return NULL;
    frame_zero(phys_to_virt(physical), count * PAGE_SIZE);
    return phys_to_virt(physical);
}

void pages_free_contiguous(void *pages, size_t count) {
    uint64_t irq = memory_lock();
    frame_free_range(virt_to_phys(pages), count);
    memory_unlock(irq);
}
